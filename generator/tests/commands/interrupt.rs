//! Ctrl-C, in a command that has started another program.

#![expect(clippy::unwrap_used, reason = "a set-up that fails is to fail its test")]

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::Child,
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use crate::project::Project;

const LIMIT: Duration = Duration::from_secs(30);

/// Ends the process when the test ends early.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Puts programs in `folder` that stand in for Node and npm; this npm writes its id and never ends.
fn put_programs(folder: &Path) {
    fs::create_dir(folder).unwrap();
    for (name, script) in
        [("node", "echo v20.19.0"), ("npm", "echo $$ > npm.part; mv npm.part npm.id; exec sleep 600")]
    {
        let path = folder.join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
}

fn until<T>(what: &str, mut probe: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + LIMIT;
    loop {
        if let Some(value) = probe() {
            return value;
        }
        assert!(Instant::now() < deadline, "no {what} within {} s", LIMIT.as_secs());
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn an_interrupted_check_leaves_no_installation_running() {
    let project = Project::generated();
    let programs = project.path("programs");
    put_programs(&programs);
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    let mut command = project.command(&["check"]);
    command.env("PATH", path).env("XDG_CACHE_HOME", project.path("cache"));
    let mut check = Running(command.spawn().unwrap());
    let npm = until("npm", || fs::read_to_string(project.path("npm.id")).ok());
    let npm = Pid::from_raw(npm.trim().parse().unwrap()).unwrap();

    kill_process(Pid::from_child(&check.0), Signal::INT).unwrap();
    let status = until("end of `check`", || check.0.try_wait().unwrap());
    let gone = test_kill_process(npm).is_err();
    if !gone {
        let _ = kill_process(npm, Signal::KILL);
    }
    assert!(gone, "npm outlived `check`");
    assert_eq!(status.code(), Some(130));
}
