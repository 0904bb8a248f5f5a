"""Reads the views through the database that Superset has imported; a line for each finding. Arguments: writes to try."""
import sys

from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError
from superset.app import create_app


def tell(*fields):
    print(*fields, sep="\t")


def find(writes):
    from superset import db
    from superset.models.core import Database

    database = db.session.query(Database).filter_by(database_name="Apify mirror").one()
    with database.get_sqla_engine(schema="apify_bi") as engine:
        views = inspect(engine)
        for name in views.get_view_names("apify_bi"):
            tell("view", name, views.get_table_comment(name, "apify_bi")["text"])
        for column in database.get_columns(database_table("datasets")):
            tell("column", column["column_name"], column["comment"])
    select = "select dataset_id, created_at, item_count, actor_id, is_live from apify_bi.datasets where dataset_id = 'big'"
    for dataset, created, items, actor, live in database.get_df(select).itertuples(index=False):
        tell("row", dataset, round(created.timestamp() * 1000), items, "null" if actor is None else actor, str(live).lower())
    for write in writes:
        with database.get_sqla_engine() as engine, engine.connect() as connection:
            try:
                connection.execute(text("set default_transaction_read_only = off"))
                connection.execute(text("commit"))
                connection.execute(text(write))
                tell("done", write)
            except DBAPIError as error:
                tell("refused", write, error.orig.pgcode)


def database_table(name):
    from superset.sql.parse import Table

    return Table(name, "apify_bi")


with create_app().app_context():
    find(sys.argv[1:])
