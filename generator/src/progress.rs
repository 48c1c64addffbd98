//! Shows the steps of a longer job: a spinner each on a terminal, plain lines elsewhere; on standard error.

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use anstream::AutoStream;
use anstream::adapter::strip_str;
use anstyle::{AnsiColor, Style};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Where steps are shown. Steps may run at the same time.
#[derive(Debug)]
pub struct Progress {
    bars: MultiProgress,
    terminal: bool,
    colour: bool,
    fresh: bool,
}

/// One step, shown until it is ended. Dropping it without saying how it ended shows it as failed.
#[derive(Debug)]
pub struct Step<'a> {
    progress: &'a Progress,
    title: String,
    bar: ProgressBar,
    started: Instant,
    open: bool,
}

const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const NOTE: Style = AnsiColor::Cyan.on_default();
const DIM: Style = Style::new().dimmed();

impl Progress {
    /// Shows every step, also those that had nothing to do.
    pub fn new() -> Self {
        let stderr = io::stderr();
        let terminal = stderr.is_terminal();
        let target = if terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        Self {
            bars: MultiProgress::with_draw_target(target),
            terminal,
            colour: AutoStream::choice(&stderr) != anstream::ColorChoice::Never,
            fresh: true,
        }
    }

    /// Shows only the steps that do something, as suits tests.
    pub fn of_work() -> Self {
        Self { fresh: false, ..Self::new() }
    }

    /// Begins a step; `title` is a noun phrase ("npm packages").
    pub fn step(&self, title: impl Into<String>) -> Step<'_> {
        let title = title.into();
        let bar = self.bars.add(ProgressBar::new_spinner());
        if self.terminal {
            // The template is a constant that parses; a spinner without it would still spin.
            if let Ok(style) =
                ProgressStyle::with_template("{spinner} {prefix} {elapsed:.dim} {wide_msg:.dim}")
            {
                bar.set_style(style);
            }
            bar.set_prefix(title.clone());
            bar.enable_steady_tick(Duration::from_millis(120));
        } else {
            self.print(&format!("{} {title} …", self.paint(DIM, "·")));
        }
        Step { progress: self, title, bar, started: Instant::now(), open: true }
    }

    /// Shows a step that has nothing to do.
    pub fn fresh(&self, title: &str) {
        if self.fresh {
            self.good(title, "fresh");
        }
    }

    /// Shows something that is done and took no time to speak of.
    pub fn good(&self, title: &str, remark: &str) {
        self.print(&format!("{} {title} {}", self.paint(GOOD, "✓"), self.paint(DIM, remark)));
    }

    /// Says something before it is done, such as what is about to be installed.
    pub fn note(&self, text: &str) {
        self.print(&format!("{} {text}", self.paint(NOTE, "→")));
    }

    /// Prints text as it is, above the steps that run; without its colours where they would not show.
    pub fn print(&self, text: &str) {
        let text = if self.colour { Cow::Borrowed(text) } else { Cow::Owned(strip_str(text).to_string()) };
        // Nobody is left to tell when standard error is closed.
        self.bars.suspend(|| {
            let _ = writeln!(io::stderr(), "{text}");
        });
    }

    /// Whether programs whose output is shown here may colour it.
    pub fn colour(&self) -> bool {
        self.colour
    }

    fn paint(&self, style: Style, text: &str) -> String {
        format!("{style}{text}{style:#}")
    }
}

impl Default for Progress {
    fn default() -> Self {
        Self::new()
    }
}

impl Step<'_> {
    /// Shows the last line that a program printed.
    pub fn line(&self, line: &str) {
        if self.progress.terminal {
            self.bar.set_message(strip_str(line).to_string());
        }
    }

    /// The step succeeded.
    pub fn done(self) {
        self.end(GOOD, "✓", "");
    }

    /// The step succeeded; `remark` says what came out.
    pub fn done_with(self, remark: &str) {
        self.end(GOOD, "✓", remark);
    }

    /// The step did not succeed, and another way will be tried.
    pub fn gave_up(self, reason: &str) {
        self.end(NOTE, "–", reason);
    }

    fn end(mut self, style: Style, mark: &str, remark: &str) {
        self.close(style, mark, remark);
    }

    fn close(&mut self, style: Style, mark: &str, remark: &str) {
        self.open = false;
        self.bar.finish_and_clear();
        let elapsed = self.progress.paint(DIM, &format!("{:.1} s", self.started.elapsed().as_secs_f32()));
        let remark = if remark.is_empty() { String::new() } else { format!(", {remark}") };
        self.progress.print(&format!(
            "{} {} {elapsed}{remark}",
            self.progress.paint(style, mark),
            self.title
        ));
    }
}

impl Drop for Step<'_> {
    fn drop(&mut self) {
        if self.open {
            self.close(BAD, "✗", "");
        }
    }
}
