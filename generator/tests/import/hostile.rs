//! Text that nobody meant to be a configuration.
