//! What is asked of a person at a terminal. Where there is none, nothing is asked.

use std::io::{self, BufRead, IsTerminal, Write};

use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

/// Whether there is somebody to answer.
pub fn is_possible() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks for a yes. Everything else is a no.
///
/// # Errors
/// If the terminal cannot be read.
pub fn confirm(question: &str) -> io::Result<bool> {
    let answer = line(&format!("{question} [y/N] "))?;
    Ok(["y", "yes"].contains(&answer.to_ascii_lowercase().as_str()))
}

/// Asks for a text that is not shown while it is typed.
///
/// # Errors
/// If the terminal cannot be read, or cannot be kept from showing it.
pub fn secret(question: &str) -> io::Result<String> {
    let stdin = io::stdin();
    let before = tcgetattr(&stdin)?;
    let mut silent = before.clone();
    silent.local_modes.remove(LocalModes::ECHO);
    tcsetattr(&stdin, OptionalActions::Flush, &silent)?;
    let answer = line(&format!("{question}: "));
    tcsetattr(&stdin, OptionalActions::Flush, &before)?;
    // The end of the line was not shown either.
    anstream::eprintln!();
    answer
}

fn line(question: &str) -> io::Result<String> {
    let mut stderr = anstream::stderr().lock();
    stderr.write_all(question.as_bytes())?;
    stderr.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(answer.trim().to_owned())
}
