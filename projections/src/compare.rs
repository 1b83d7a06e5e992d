//! Are the views what the log says?
