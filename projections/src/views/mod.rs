//! The folds: `(row, event) -> row`. No clock, no I/O.

pub mod board;
pub mod callback;
pub mod case_row;
pub mod facts;
pub mod figures;
pub mod fold;
pub mod hands;
pub mod legs;
pub mod likeness;
pub mod page;
pub mod papers;
pub mod parts;
pub mod tallies;
mod unfit;
pub mod waits;
pub mod words;

mod barred;
mod due;
mod edges;
mod locality;
mod revised;

#[cfg(test)]
pub(crate) mod properties;
#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod specs;
