# Reads the views as a script on RPostgreSQL does; a line for each finding. PG... variables say where; arguments: writes to try.
suppressPackageStartupMessages(library(RPostgreSQL))
tell <- function(...) cat(..., sep = "\t", fill = FALSE)
line <- function(...) { tell(...); cat("\n") }
variable <- Sys.getenv
connection <- dbConnect(PostgreSQL(), host = variable("PGHOST"), port = variable("PGPORT"), dbname = variable("PGDATABASE"),
  user = variable("PGUSER"), password = variable("PGPASSWORD"))
views <- dbGetQuery(connection, "select relname, obj_description(oid) as comment from pg_class
  where relnamespace = 'apify_bi'::regnamespace and relkind = 'v'")
for (i in seq_len(nrow(views))) line("view", views$relname[i], views$comment[i])
rows <- dbGetQuery(connection, "select dataset_id, created_at, item_count::text, item_count as number, actor_id, is_live
  from apify_bi.datasets where dataset_id = 'big'")
stopifnot(inherits(rows$created_at, "POSIXct"), is.numeric(rows$number), is.na(rows$actor_id), isTRUE(rows$is_live))
# R's numbers are doubles: what has more than 53 bits is read as text.
line("row", rows$dataset_id, format(round(as.numeric(rows$created_at) * 1000), scientific = FALSE), rows$item_count, "null", "true")
invisible(dbSendQuery(connection, "set default_transaction_read_only = off"))
for (write in commandArgs(trailingOnly = TRUE)) {
  answer <- try(suppressWarnings(dbSendQuery(connection, write)), silent = TRUE)
  refused <- inherits(answer, "try-error") && grepl("permission denied|must be owner", answer)
  line(if (refused) "refused" else "done", write, "42501")
}
