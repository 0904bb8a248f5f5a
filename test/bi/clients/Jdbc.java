import java.sql.*;

/** Reads the views as a BI tool on JDBC does; a line for each finding. Arguments: the JDBC URL, role and password. */
class Jdbc {
  public static void main(String[] args) throws SQLException {
    try (Connection connection = DriverManager.getConnection(args[0], args[1], args[2])) {
      DatabaseMetaData metadata = connection.getMetaData();
      try (ResultSet views = metadata.getTables(null, "apify_bi", "%", new String[] {"VIEW"})) {
        while (views.next()) print("view", views.getString("TABLE_NAME"), views.getString("REMARKS"));
      }
      try (ResultSet columns = metadata.getColumns(null, "apify_bi", "datasets", "%")) {
        while (columns.next()) print("column", columns.getString("COLUMN_NAME"), columns.getString("REMARKS"));
      }
      String select = "select dataset_id, created_at, item_count, actor_id, is_live from apify_bi.datasets where dataset_id = 'big'";
      try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(select)) {
        while (rows.next()) {
          print("row", rows.getString(1), String.valueOf(rows.getTimestamp(2).getTime()), String.valueOf(rows.getLong(3)),
              String.valueOf(rows.getString(4)), String.valueOf(rows.getBoolean(5)));
        }
      }
      connection.setReadOnly(false);
      refuse(connection, "set default_transaction_read_only = off");
      for (String write : args[3].split(";")) refuse(connection, write);
    }
  }

  private static void refuse(Connection connection, String write) {
    try (Statement statement = connection.createStatement()) {
      statement.execute(write);
      print("done", write);
    } catch (SQLException error) {
      print("refused", write, error.getSQLState());
    }
  }

  private static void print(String... fields) {
    System.out.println(String.join("\t", fields));
  }
}
