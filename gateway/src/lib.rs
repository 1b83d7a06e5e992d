//! THE EDGE of Whistlepost 哨所: wires log, views, console, interface and command line together.

pub mod auth;
pub mod batches;
pub mod bus_loops;
pub mod cli;
pub mod compose;
pub mod config;
pub mod console;
pub mod database;
pub mod demo;
pub mod feed;
pub mod figures;
pub mod files;
pub mod follower;
pub mod http;
pub mod keeper;
pub mod loops;
pub mod notify;
pub mod reload;
pub mod report;
pub mod reviser;
pub mod revision;
pub mod rules;
pub mod scenario;
pub mod simulate;
pub mod status;
pub mod trouble;
