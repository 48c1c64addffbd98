//! Process groups, and what Ctrl-C does to them.
//!
//! A process that started others ends them before it goes: from the first of them on, no caller has to ask for it.
//! The list of live groups is the one piece of global state, because signals are global too.

use std::io;
use std::process::Child;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitOptions, kill_process_group, test_kill_process_group, waitpid};

/// How long groups may take to end when the process itself was asked to.
const PATIENCE: Duration = Duration::from_secs(5);

/// Exit code of a process that SIGINT ended, by the shell's convention.
const INTERRUPTED: i32 = 130;

static LIVE: Mutex<Vec<Pid>> = Mutex::new(Vec::new());
static EXIT_CODE: AtomicI32 = AtomicI32::new(INTERRUPTED);
static LISTEN: Once = Once::new();

/// A process group. It outlives its leader for as long as it has members.
#[derive(Debug, Clone)]
pub struct Group {
    id: Pid,
    ended: Arc<AtomicBool>,
}

/// Starts a child that leads its own group, and remembers the group until it has ended.
pub(crate) fn register(spawn: impl FnOnce() -> io::Result<Child>) -> io::Result<(Child, Group)> {
    end_children_on_interrupt();
    // Held while the child starts, so that an interrupt finds either no child or a registered one.
    let mut live = live();
    let child = spawn()?;
    let id = Pid::from_child(&child);
    live.push(id);
    Ok((child, Group { id, ended: Arc::default() }))
}

fn live() -> MutexGuard<'static, Vec<Pid>> {
    LIVE.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Group {
    /// The group's id, which is its leader's process id.
    pub fn id(&self) -> i32 {
        self.id.as_raw_nonzero().get()
    }

    /// Whether any process is left in it.
    pub fn is_alive(&self) -> bool {
        is_alive(self.id)
    }

    /// Kills every process in it at once, as a power cut would.
    pub fn kill(&self) {
        signal(self.id, Signal::KILL);
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }

    /// Notes that the leader has ended, and ends what it left behind. Never returns during an interrupt, whose
    /// thread then decides how this process ends.
    pub(crate) fn ended(&self) {
        live().retain(|id| *id != self.id);
        if !self.ended.swap(true, Ordering::Relaxed) {
            signal(self.id, Signal::TERM);
        }
    }

    /// Asks the group to end, and kills what is left of it after `patience`.
    pub(crate) fn terminate(&self, patience: Duration) {
        terminate(&[self.id], patience);
    }
}

/// Makes Ctrl-C, SIGTERM and the closing of the terminal end every program that this process started and then the
/// process itself. Where another handler is in charge already, it stays so.
fn end_children_on_interrupt() {
    LISTEN.call_once(|| {
        let _ = ctrlc::set_handler(|| {
            // Never given back: from here on no child starts, and nobody reports the death of one as a failure.
            let live = live();
            terminate(&live, PATIENCE);
            std::process::exit(EXIT_CODE.load(Ordering::Relaxed));
        });
    });
}

/// Sets the exit code for an interrupt from here on: 130 unless to be interrupted is the usual end, as for a server.
pub fn exit_on_interrupt_with(code: i32) {
    EXIT_CODE.store(code, Ordering::Relaxed);
}

fn terminate(groups: &[Pid], patience: Duration) {
    if !patience.is_zero() {
        groups.iter().for_each(|id| signal(*id, Signal::INT));
    }
    if !gone_within(groups, patience) {
        groups.iter().for_each(|id| signal(*id, Signal::KILL));
        gone_within(groups, PATIENCE);
    }
}

fn gone_within(groups: &[Pid], limit: Duration) -> bool {
    let deadline = Instant::now() + limit;
    loop {
        if !groups.iter().any(|id| is_alive(*id)) {
            return true;
        }
        if Instant::now() >= deadline {
            return false;
        }
        thread::sleep(Duration::from_millis(10));
    }
}

/// Takes the status of a leader that has ended, which would otherwise count as alive, and looks for the rest.
fn is_alive(id: Pid) -> bool {
    let _ = waitpid(Some(id), WaitOptions::NOHANG);
    test_kill_process_group(id).is_ok()
}

/// A group that is gone already needs no signal, and one that is another user's (`sudo`) ends by itself.
fn signal(id: Pid, signal: Signal) {
    let _ = kill_process_group(id, signal);
}
