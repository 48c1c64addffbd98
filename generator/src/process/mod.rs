//! Runs other programs: the environment they see, what becomes of their output, and how they end.
//!
//! Every program gets a process group of its own, so that it ends together with whatever it started.
//! This module must not know what any program is for.

mod error;

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use crate::environment;
use crate::interrupt;
use crate::progress::Step;

use error::{Shown, how};

pub use crate::interrupt::Group;
pub use error::ToolError;
pub(crate) use error::quoted;

/// Lines of a failed program's output that its error shows.
const TAIL: usize = 80;

/// How long output may still arrive once the program has ended: whatever it left running can hold the pipe open.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// A program to run and its arguments. Its environment is ours less what an outer `cargo run` added.
#[derive(Debug)]
pub struct Program {
    command: Command,
    shown_env: Vec<(String, OsString)>,
    timeout: Option<Duration>,
    remedy: Option<String>,
    input: Option<String>,
}

/// What a program that succeeded printed.
#[derive(Debug)]
pub struct Output {
    /// Its standard output, a line each.
    pub stdout: Vec<String>,
}

/// A program that is running, with its output line by line (both streams).
#[derive(Debug)]
pub struct Running {
    child: Child,
    group: Group,
    lines: Receiver<Line>,
    shown: Shown,
}

#[derive(Debug)]
enum Line {
    Out(String),
    Err(String),
}

impl Program {
    /// `path` is looked up in `PATH` unless it contains a slash.
    pub fn new(path: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new(path);
        for (name, change) in environment::changes(std::env::vars_os()) {
            match change {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        Self { command, shown_env: Vec::new(), timeout: None, remedy: None, input: None }
    }

    /// Adds one argument.
    #[must_use]
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.command.arg(arg);
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<A: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.command.args(args);
        self
    }

    /// Sets a variable, which errors show as part of the command line.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.shown_env.push((name.to_owned(), value.as_ref().to_owned()));
        self.command.env(name, value);
        self
    }

    /// Sets a variable that nothing shows: housekeeping, or a secret.
    #[must_use]
    pub fn quiet_env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Unsets a variable.
    #[must_use]
    pub fn without_env(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Has it run by another program, such as `sudo`, which also gets the variables that are shown.
    #[must_use]
    pub fn through(self, wrapper: &[&str]) -> Self {
        let [program, options @ ..] = wrapper else { return self };
        let mut outer = Self::new(program).args(options);
        if !self.shown_env.is_empty() {
            outer = outer.arg("env");
        }
        for (name, value) in &self.shown_env {
            let mut pair = OsString::from(format!("{name}="));
            pair.push(value);
            outer = outer.arg(pair);
        }
        outer = outer.arg(self.command.get_program()).args(self.command.get_args());
        if let Some(directory) = self.command.get_current_dir() {
            outer = outer.current_dir(directory);
        }
        Self { timeout: self.timeout, remedy: self.remedy, input: self.input, ..outer }
    }

    /// Runs it in this folder.
    #[must_use]
    pub fn current_dir(mut self, directory: impl AsRef<Path>) -> Self {
        self.command.current_dir(directory);
        self
    }

    /// Ends it, as a failure, when it takes longer than this.
    #[must_use]
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// What the user can do when it fails.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// Gives it this text as its standard input, which nothing shows. Without one, that is empty.
    #[must_use]
    pub fn input(mut self, text: String) -> Self {
        self.input = Some(text);
        self
    }

    /// The command line, quoted for a shell.
    pub fn command_line(&self) -> String {
        let variables = self.shown_env.iter().map(|(name, value)| format!("{name}={}", quoted(value)));
        let words = std::iter::once(self.command.get_program()).chain(self.command.get_args()).map(quoted);
        variables.chain(words).collect::<Vec<_>>().join(" ")
    }

    /// Runs it to its end. The last line that it printed is shown beside `step`.
    ///
    /// # Errors
    /// If it cannot be started, fails, or runs out of time.
    pub fn run(self, step: &Step) -> Result<Output, ToolError> {
        let timeout = self.timeout;
        self.start()?.finish(timeout, |line| step.line(line))
    }

    /// Runs it to its end on our own standard streams.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn pass_through(mut self) -> Result<ExitStatus, ToolError> {
        let shown = self.shown();
        let (mut child, group) =
            interrupt::register(|| self.command.process_group(0).stdin(Stdio::null()).spawn())
                .map_err(|error| shown.not_started(&error))?;
        let status = child.wait();
        group.ended();
        status.map_err(|error| shown.not_started(&error))
    }

    /// Runs it to its end and returns its standard output, trimmed. For questions that take no time to speak of.
    ///
    /// # Errors
    /// As [`Program::run`].
    pub fn read(self) -> Result<String, ToolError> {
        let timeout = self.timeout;
        let output = self.start()?.finish(timeout, |_| ())?;
        Ok(output.stdout.join("\n").trim().to_owned())
    }

    /// Starts it and leaves it running.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start(mut self) -> Result<Running, ToolError> {
        let shown = self.shown();
        let stdin = if self.input.is_some() { Stdio::piped() } else { Stdio::null() };
        self.command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        let (mut child, group) =
            interrupt::register(|| self.command.spawn()).map_err(|error| shown.not_started(&error))?;
        if let (Some(mut stdin), Some(text)) = (child.stdin.take(), self.input.take()) {
            // Beside what is read from it, or each could wait for the other. One that does not want it may end.
            thread::spawn(move || stdin.write_all(text.as_bytes()));
        }
        let (lines, receiver) = mpsc::channel();
        if let Some(stdout) = child.stdout.take() {
            forward(stdout, lines.clone(), Line::Out);
        }
        if let Some(stderr) = child.stderr.take() {
            forward(stderr, lines, Line::Err);
        }
        Ok(Running { child, group, lines: receiver, shown })
    }

    fn shown(&self) -> Shown {
        Shown {
            command: self.command_line(),
            directory: self.command.get_current_dir().map(Path::to_owned),
            remedy: self.remedy.clone(),
        }
    }
}

/// Sends what `stream` carries, a line at a time, until it ends or nobody listens.
fn forward(stream: impl Read + Send + 'static, lines: Sender<Line>, wrap: fn(String) -> Line) {
    thread::spawn(move || {
        let mut reader = BufReader::new(stream);
        let mut bytes = Vec::new();
        while let Ok(1..) = reader.read_until(b'\n', &mut bytes) {
            let line = String::from_utf8_lossy(&bytes).trim_end_matches(['\r', '\n']).to_owned();
            bytes.clear();
            if lines.send(wrap(line)).is_err() {
                return;
            }
        }
    });
}

impl Running {
    /// The process group that it leads: what it started is in there too.
    pub fn group(&self) -> Group {
        self.group.clone()
    }

    /// The next line of its output, or `None` if none came within `wait`.
    pub fn next_line(&self, wait: Duration) -> Option<String> {
        match self.lines.recv_timeout(wait) {
            Ok(Line::Out(line) | Line::Err(line)) => Some(line),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => {
                thread::sleep(wait);
                None
            }
        }
    }

    /// How it ended, or `None` while it runs.
    ///
    /// # Errors
    /// If the kernel has forgotten it.
    pub fn status(&mut self) -> io::Result<Option<ExitStatus>> {
        let status = self.child.try_wait();
        if !matches!(status, Ok(None)) {
            self.group.ended();
        }
        status
    }

    /// The error that says that it ended although it should not have.
    pub fn ended_early(&self, status: ExitStatus, output: Vec<String>) -> ToolError {
        self.shown.failed(&how(status), output)
    }

    /// The error that says that it did not do what was expected in time.
    pub fn too_slow(&self, what: &str, output: Vec<String>) -> ToolError {
        self.shown.failed(what, output)
    }

    /// Ends the group: asks, waits up to `patience`, then kills.
    pub fn stop(&mut self, patience: Duration) {
        self.group.terminate(patience);
        self.group.ended();
    }

    /// Kills the group at once, as a power cut would.
    pub fn kill(&mut self) {
        self.stop(Duration::ZERO);
    }

    fn finish(
        mut self,
        timeout: Option<Duration>,
        mut on_line: impl FnMut(&str),
    ) -> Result<Output, ToolError> {
        let deadline = timeout.map(|limit| Instant::now() + limit);
        let mut stdout = Vec::new();
        let mut tail = VecDeque::new();
        let mut take = |line| {
            let text = match line {
                Line::Out(line) => {
                    stdout.push(line.clone());
                    line
                }
                Line::Err(line) => line,
            };
            on_line(&text);
            if tail.len() == TAIL {
                tail.pop_front();
            }
            tail.push_back(text);
        };
        let status = loop {
            match self.lines.recv_timeout(Duration::from_millis(20)) {
                Ok(line) => take(line),
                Err(RecvTimeoutError::Timeout) => {}
                // It closed its output: nothing is left but its end.
                Err(RecvTimeoutError::Disconnected) => thread::sleep(Duration::from_millis(2)),
            }
            if let Some(status) = self.status().map_err(|error| self.shown.not_started(&error))? {
                break Ok(status);
            }
            if deadline.is_some_and(|deadline| Instant::now() > deadline) {
                self.stop(Duration::from_secs(2));
                break Err(timeout.unwrap_or_default());
            }
        };
        let last = Instant::now() + LAST_WORDS;
        while let Ok(line) = self.lines.recv_timeout(last.saturating_duration_since(Instant::now())) {
            take(line);
        }
        match status {
            Ok(status) if status.success() => Ok(Output { stdout }),
            Ok(status) => Err(self.shown.failed(&how(status), tail.into())),
            Err(limit) => Err(self
                .shown
                .failed(&format!("took longer than {} s and was ended", limit.as_secs()), tail.into())),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.group.has_ended() {
            self.stop(Duration::from_secs(5));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Program {
        Program::new("sh").args(["-c", script])
    }

    #[test]
    fn a_failure_shows_command_status_output_and_remedy() {
        let error =
            shell("echo one; echo two >&2; exit 3").remedy("try again").read().unwrap_err().to_string();
        assert!(error.starts_with("`sh` failed with exit code 3\n  command: sh -c 'echo one;"), "{error}");
        assert!(error.contains("  | one") && error.contains("  | two"), "{error}");
        assert!(error.ends_with("help: try again"), "{error}");
    }

    #[test]
    fn a_program_that_is_missing_is_named() {
        let error = Program::new("no-such-program").read().unwrap_err().to_string();
        assert!(error.starts_with("`no-such-program` is not installed, or not on PATH"), "{error}");
    }

    #[test]
    fn a_program_that_takes_too_long_is_ended_with_all_that_it_started() {
        let started = Instant::now();
        let error = shell("sleep 60 & sleep 60").timeout(Duration::from_millis(100)).read().unwrap_err();
        assert!(error.to_string().contains("took longer than"), "{error}");
        assert!(started.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn what_a_program_leaves_running_does_not_hold_up_its_end() {
        let started = Instant::now();
        assert_eq!(shell("sleep 5 & echo done").read().unwrap(), "done");
        assert!(started.elapsed() < Duration::from_secs(4));
    }

    #[test]
    fn a_killed_group_leaves_nothing_behind() {
        let mut running = shell("sleep 60 & echo ready; wait").start().unwrap();
        assert_eq!(running.next_line(Duration::from_secs(5)).as_deref(), Some("ready"));
        running.kill();
        assert!(!running.group().is_alive());
    }

    #[test]
    fn a_secret_in_the_environment_is_not_shown() {
        let error = shell("exit 1").quiet_env("KEY", "s3cret").env("PLAIN", "yes").read().unwrap_err();
        assert!(!error.to_string().contains("s3cret") && error.to_string().contains("PLAIN=yes"));
    }

    #[test]
    fn a_program_reads_its_input_and_no_error_shows_it() {
        let text = "s3cret\n".repeat(100_000);
        assert_eq!(Program::new("wc").arg("-l").input(text.clone()).read().unwrap(), "100000");
        let error = shell("exit 1").input(text).read().unwrap_err().to_string();
        assert!(!error.contains("s3cret"), "{error}");
    }

    #[test]
    fn command_lines_can_be_pasted_into_a_shell() {
        assert_eq!(
            Program::new("echo").args(["a b", "it's", "", "x=1"]).command_line(),
            r"echo 'a b' 'it'\''s' '' x=1"
        );
    }
}
