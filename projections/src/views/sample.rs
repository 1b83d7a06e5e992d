//! Events for specs.
