"""Reads the views as a notebook on psycopg2 does; a line for each finding. PG... variables say where; arguments: writes to try."""
import sys

import psycopg2

connection = psycopg2.connect("")
connection.autocommit = True
cursor = connection.cursor()


def tell(*fields):
    print(*fields, sep="\t")


cursor.execute(
    "select relname, obj_description(oid) from pg_class where relnamespace = 'apify_bi'::regnamespace and relkind = 'v'"
)
for name, comment in cursor.fetchall():
    tell("view", name, comment)
cursor.execute("select dataset_id, created_at, item_count, actor_id, is_live from apify_bi.datasets where dataset_id = 'big'")
for dataset, created, items, actor, live in cursor.fetchall():
    assert type(items) is int and created.tzinfo is not None
    tell("row", dataset, round(created.timestamp() * 1000), items, "null" if actor is None else actor, str(live).lower())
cursor.execute("set default_transaction_read_only = off")
for write in sys.argv[1:]:
    try:
        cursor.execute(write)
        tell("done", write)
    except psycopg2.Error as error:
        tell("refused", write, error.pgcode)
