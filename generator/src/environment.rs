//! The environment that other programs get: ours, less what an outer `cargo run` or `cargo test` put there.
//!
//! What the user set (`CARGO_HOME`, `CARGO_NET_*`, `RUSTUP_TOOLCHAIN`, …) stays.

use std::ffi::{OsStr, OsString};
use std::path::Path;

/// What Cargo sets for the program that it runs
/// (<https://doc.rust-lang.org/cargo/reference/environment-variables.html>); a name that ends in `_` is a prefix.
/// `CARGO_TARGET_DIR` is meant for the outer build alone, and rustup's counter guards against proxies that call themselves.
const CARGO_SETS: &[&str] = &[
    "CARGO",
    "CARGO_BIN_EXE_",
    "CARGO_BIN_NAME",
    "CARGO_CRATE_NAME",
    "CARGO_MAKEFLAGS",
    "CARGO_MANIFEST_",
    "CARGO_PKG_",
    "CARGO_PRIMARY_PACKAGE",
    "CARGO_TARGET_DIR",
    "CARGO_TARGET_TMPDIR",
    "OUT_DIR",
    "RUST_RECURSION_COUNT",
];

/// Where Cargo puts its library folders in front.
const LIBRARY_PATHS: &[&str] = &["LD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH"];

/// A variable and its new value, or `None` to unset it.
pub(crate) type Change = (OsString, Option<OsString>);

/// What to change in the environment `inherited` before another program gets it.
pub(crate) fn changes(inherited: impl IntoIterator<Item = (OsString, OsString)>) -> Vec<Change> {
    let ours = [
        // A tool that panics shows its message, not our frames.
        ("RUST_BACKTRACE", "0"),
        // rustup must not fetch a toolchain that is only asked for.
        ("RUSTUP_AUTO_INSTALL", "0"),
        ("WRANGLER_SEND_METRICS", "false"),
    ];
    let ours = ours.into_iter().map(|(name, value)| (name.into(), Some(value.into())));
    inherited.into_iter().filter_map(|(name, value)| change(name, &value)).chain(ours).collect()
}

fn change(name: OsString, value: &OsStr) -> Option<Change> {
    let text = name.to_str()?;
    if CARGO_SETS.iter().any(|set| text == *set || (set.ends_with('_') && text.starts_with(set))) {
        return Some((name, None));
    }
    if LIBRARY_PATHS.contains(&text) {
        let left: Vec<_> = std::env::split_paths(value).filter(|path| !is_cargos(path)).collect();
        let left = std::env::join_paths(left).ok().filter(|paths| !paths.is_empty());
        return Some((name, left));
    }
    None
}

/// Whether Cargo or rustup put a library folder there: build output (`target/debug`, `…/deps`, `…/build/x/out`) or a
/// toolchain's.
fn is_cargos(path: &Path) -> bool {
    let has = |wanted: &str| path.components().any(|part| part.as_os_str() == wanted);
    let ends = ["debug", "release", "deps"].iter().any(|end| path.ends_with(end));
    ends || has("rustlib")
        || (has("toolchains") && path.ends_with("lib"))
        || (has("build") && path.ends_with("out"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(name: &str, value: &str) -> Option<Option<String>> {
        let change = change(name.into(), OsStr::new(value))?;
        Some(change.1.map(|value| value.into_string().unwrap()))
    }

    #[test]
    fn what_cargo_set_for_us_is_removed() {
        for name in [
            "CARGO",
            "CARGO_PKG_VERSION_MAJOR",
            "CARGO_MANIFEST_DIR",
            "CARGO_TARGET_DIR",
            "RUST_RECURSION_COUNT",
        ] {
            assert_eq!(changed(name, "x"), Some(None), "{name}");
        }
    }

    #[test]
    fn what_the_user_set_stays() {
        for name in [
            "CARGO_HOME",
            "CARGO_NET_OFFLINE",
            "CARGO_REGISTRIES_X_INDEX",
            "RUSTUP_TOOLCHAIN",
            "RUSTFLAGS",
            "PATH",
        ] {
            assert_eq!(changed(name, "x"), None, "{name}");
        }
    }

    #[test]
    fn library_paths_lose_what_cargo_put_in_front() {
        let inherited = "/p/target/debug/build/a-1/out:/p/target/debug/deps:/p/target/debug:\
                         /h/.rustup/toolchains/stable/lib/rustlib/x/lib:/h/.rustup/toolchains/stable/lib:/opt/lib";
        assert_eq!(changed("LD_LIBRARY_PATH", inherited), Some(Some("/opt/lib".to_owned())));
        assert_eq!(changed("LD_LIBRARY_PATH", "/p/target/debug/deps"), Some(None));
    }
}
