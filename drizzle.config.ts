import { defineConfig } from "drizzle-kit";

export default defineConfig({
  dialect: "postgresql",
  schema: "./src/mirror/schema.ts",
  out: "./migrations",
  schemaFilter: ["apify"],
});
