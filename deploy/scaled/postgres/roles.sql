-- 由数据库管理员运行一次 · run once by a database administrator, as README.md beside this file says.
--
-- Makes two roles and the database: the owner makes and migrates the tables, the application reads
-- and appends. What the application may do with each table the owner grants at every start.
\set ON_ERROR_STOP on
\if :{?database}
\else
  \set database whistlepost
\endif
\if :{?owner}
\else
  \set owner whistlepost_owner
\endif
\if :{?application}
\else
  \set application whistlepost_app
\endif
-- From the environment: what stands on a command line, others can read.
\getenv owner_password WHISTLEPOST_OWNER_PASSWORD
\getenv application_password WHISTLEPOST_APPLICATION_PASSWORD

CREATE ROLE :"owner" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'owner_password';
CREATE ROLE :"application" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'application_password';
CREATE DATABASE :"database" OWNER :"owner" TEMPLATE template0 ENCODING 'UTF8';
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"database" TO :"application";

\connect :"database"
-- Only the owner makes tables here; PostgreSQL before 15 let everybody.
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT ALL ON SCHEMA public TO :"owner";
