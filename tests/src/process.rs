//! What the kernel says of a process: what it took, and where it listens.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::Duration;

/// Ticks of the kernel's processor times; Linux tells programs 100 a second whatever its own clock.
const TICKS: u64 = 100;

/// A process, as it was when it was found.
#[derive(Debug, Clone, Copy)]
pub struct Process(u32);

impl Process {
    /// The `workerd` processes of a process group.
    ///
    /// # Errors
    /// If the kernel does not tell.
    pub fn workerds(group: i32) -> Result<Vec<Self>, Box<dyn Error>> {
        let mut found = Vec::new();
        for entry in fs::read_dir("/proc").map_err(|error| format!("cannot read /proc: {error}"))? {
            let Some(id) = entry?.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
            let Ok(stat) = Self(id).stat() else { continue }; // it has just ended
            if stat.name == "workerd" && stat.field(5)? == i64::from(group) {
                found.push(Self(id));
            }
        }
        Ok(found)
    }

    /// The processor time that it has taken since its start, of all threads.
    ///
    /// # Errors
    /// If it has ended.
    pub fn processor(self) -> Result<Duration, Box<dyn Error>> {
        let stat = self.stat()?;
        let ticks = u64::try_from(stat.field(14)? + stat.field(15)?)?;
        Ok(Duration::from_millis(ticks * 1_000 / TICKS))
    }

    /// The loopback ports that it listens on.
    ///
    /// # Errors
    /// If it has ended.
    pub fn ports(self) -> Result<Vec<u16>, Box<dyn Error>> {
        let mut sockets = Vec::new();
        for entry in fs::read_dir(format!("/proc/{}/fd", self.0))? {
            let Ok(target) = fs::read_link(entry?.path()) else { continue };
            sockets.extend(inode(&target));
        }
        let table = fs::read_to_string(format!("/proc/{}/net/tcp", self.0))?;
        Ok(table
            .lines()
            .filter_map(Listener::parse)
            .filter(|it| sockets.contains(&it.inode))
            .map(|it| it.port)
            .collect())
    }

    fn stat(self) -> Result<Stat, Box<dyn Error>> {
        let text = fs::read_to_string(format!("/proc/{}/stat", self.0))?;
        // The name stands in parentheses and may hold any character.
        let (before, rest) = text.rsplit_once(") ").ok_or("a process has no state")?;
        let (_, name) = before.split_once(" (").ok_or("a process has no name")?;
        Ok(Stat { name: name.to_owned(), rest: rest.split_whitespace().map(str::to_owned).collect() })
    }
}

/// `/proc/<id>/stat`.
struct Stat {
    name: String,
    /// From the third field on.
    rest: Vec<String>,
}

impl Stat {
    /// A field by its number in proc(5).
    fn field(&self, number: usize) -> Result<i64, Box<dyn Error>> {
        Ok(self.rest.get(number - 3).ok_or("a process has too few fields")?.parse()?)
    }
}

/// The number in `socket:[number]`.
fn inode(target: &Path) -> Option<u64> {
    target.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
}

/// A line of the kernel's table of TCP sockets.
struct Listener {
    port: u16,
    inode: u64,
}

impl Listener {
    fn parse(line: &str) -> Option<Self> {
        const LISTENING: &str = "0A";
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [_, local, _, state, ..] = fields.as_slice() else { return None };
        let (_, port) = local.split_once(':')?;
        if *state != LISTENING {
            return None;
        }
        Some(Self { port: u16::from_str_radix(port, 16).ok()?, inode: fields.get(9)?.parse().ok()? })
    }
}
