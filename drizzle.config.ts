import { defineConfig } from "drizzle-kit";

export default defineConfig({
  dialect: "postgresql",
  schema: ["./src/mirror/schema.ts", "./src/mirror/schema-days.ts"],
  out: "./migrations",
  schemaFilter: ["apify"],
});
