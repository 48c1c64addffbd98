//! What a command says on standard output, which may be a full disk or a reader that has read enough.

use std::io::{ErrorKind, Write};
use std::path::Path;

use crate::process::ToolError;

/// Prints a text; colours go where they are not wanted.
///
/// # Errors
/// If it is not taken, but for a reader that has gone: `diff | head` is no failure.
pub fn print(text: &str) -> Result<(), ToolError> {
    let mut output = anstream::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(ToolError::io("write to", Path::new("standard output"), &error))
        }
        _ => Ok(()),
    }
}
