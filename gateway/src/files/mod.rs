//! Files that come in and go out: bounded readers, maps, rejects, tables.

pub mod csv_records;
pub mod jsonl;
pub mod lines;
pub mod map;
pub mod map_file;
pub mod rejects;
pub mod rows;
pub mod sheet;
pub mod source;
pub mod table;
pub mod text;
