//! Runs a process and takes its time and memory.

use std::error::Error;
use std::fs::{self, File};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use wait4::Wait4;

/// What one run took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measured {
    /// From the start to the end of the process.
    pub(crate) wall: Duration,
    /// Of all processors together.
    pub(crate) processor: Duration,
    /// The most that was in memory at once, in bytes.
    pub(crate) peak: u64,
}

/// What several runs took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Figures {
    /// The fastest.
    pub(crate) least: Duration,
    /// The one in the middle.
    pub(crate) median: Duration,
    /// The slowest.
    pub(crate) most: Duration,
    /// The median of the processor times.
    pub(crate) processor: Duration,
    /// The median of the peaks, in bytes.
    pub(crate) peak: u64,
}

impl Figures {
    /// Of at least one run.
    pub(crate) fn of(runs: &[Measured]) -> Self {
        let sorted = |of: fn(&Measured) -> Duration| {
            let mut times: Vec<Duration> = runs.iter().map(of).collect();
            times.sort_unstable();
            times
        };
        let (walls, processor) = (sorted(|it| it.wall), sorted(|it| it.processor));
        let mut peaks: Vec<u64> = runs.iter().map(|it| it.peak).collect();
        peaks.sort_unstable();
        let (middle, last) = (runs.len() / 2, runs.len() - 1);
        Self {
            least: walls[0],
            median: walls[middle],
            most: walls[last],
            processor: processor[middle],
            peak: peaks[middle],
        }
    }
}

/// Runs `command`, which is to succeed; what it prints goes to the file `log`.
pub(crate) fn run(command: &mut Command, log: &Path) -> Result<Measured, Box<dyn Error>> {
    let output = File::create(log)?;
    command.stdin(std::process::Stdio::null()).stdout(output.try_clone()?).stderr(output);
    let started = Instant::now();
    let mut child = command.spawn().map_err(|error| format!("cannot start {command:?}: {error}"))?;
    let used = child.wait4()?;
    let wall = started.elapsed();
    if !used.status.success() {
        let printed = fs::read_to_string(log).unwrap_or_default();
        return Err(format!("{command:?} ended with {}:\n{printed}", used.status).into());
    }
    let processor = used.rusage.utime + used.rusage.stime;
    Ok(Measured { wall, processor, peak: used.rusage.maxrss })
}
