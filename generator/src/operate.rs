//! The `store` commands: which relay, whose token, which file, and what a person reads of it.
//!
//! Owns the choices that a person makes by arguments, environment and spec. Must not know how a relay is spoken to.

use std::{
    error::Error,
    fs::File,
    io::{self, BufReader, Write},
    path::Path,
};

use ureq::http::Uri;

use crate::{
    cli::{At, StoreCommand},
    dev_vars,
    model::Spec,
    output, pipeline, printed,
    progress::Progress,
    project::Project,
    stored::{
        client::{Mirror, Relay, Status},
        log, reference,
    },
};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Does what is wanted of a store. What it says goes to standard output.
///
/// # Errors
/// If it cannot be done, in words.
pub fn run(command: &StoreCommand) -> Outcome<()> {
    match command {
        StoreCommand::Status { store, json, at } => {
            let status = relay(at)?.status(store)?.ok_or_else(|| format!("there is no store `{store}`"))?;
            match json {
                true => printed::print(&format!("{}\n", serde_json::to_string(&status)?))?,
                false => printed::print(&text(&status))?,
            }
            Ok(())
        }
        StoreCommand::Export { store, output, at } => {
            let relay = relay(at)?;
            let progress = Progress::new();
            let header = to_file(output, |into| {
                let step = progress.step(format!("store {store}"));
                let header = relay.export(store, into, |done, all| step.line(&format!("{done} of {all}")))?;
                step.done();
                Ok(header)
            })?;
            anstream::eprintln!("{} events of {}", header.head, header.store_id);
            Ok(())
        }
        StoreCommand::Import { log, store, at } => {
            let relay = relay(at)?;
            let (header, chain) = log::check(BufReader::new(open(log)?))?;
            warn_of_gaps(chain.gaps);
            let progress = Progress::new();
            let step = progress.step(format!("store {}", store.as_deref().unwrap_or(&header.store_id)));
            let whole = BufReader::new(open(log)?);
            let status =
                relay.import(whole, store.as_deref(), |done, all| step.line(&format!("{done} of {all}")))?;
            step.done();
            printed::print(&text(&status))?;
            Ok(())
        }
        StoreCommand::Reset { store, yes, at } => {
            if !yes {
                let what = format!(
                    "this deletes every event of `{store}`, and every client wipes its copy: add --yes if that is meant \
                     (`generator store export {store}` keeps the events)"
                );
                return Err(what.into());
            }
            printed::print(&text(&relay(at)?.reset(store)?))?;
            Ok(())
        }
        StoreCommand::Mirror { store, at } => {
            printed::print(&text(&relay(at)?.rebuild_mirror(store)?))?;
            Ok(())
        }
        StoreCommand::Convert { database, store, backend_id, output } => {
            let found = reference::read(database, store, backend_id.as_deref())?;
            warn_of_gaps(found.chain.gaps);
            let (events, head) = (found.chain.events, found.header.head);
            to_file(output, |into| Ok(log::write(into, &found.header, found.events)?))?;
            anstream::eprintln!("{events} events of {store}, to number {head}");
            Ok(())
        }
    }
}

fn warn_of_gaps(gaps: u64) {
    if gaps > 0 {
        anstream::eprintln!(
            "The log leaves out sequence numbers in {gaps} places, as LiveStore's own server allowed; clients take that."
        );
    }
}

fn open(path: &Path) -> Outcome<File> {
    File::open(path).map_err(|error| format!("cannot read {}: {error}", path.display()).into())
}

/// Writes to a file, or with `-` to standard output.
fn to_file<T>(path: &Path, write: impl FnOnce(&mut dyn Write) -> Outcome<T>) -> Outcome<T> {
    if path.as_os_str() == "-" {
        return write(&mut io::stdout().lock());
    }
    let mut written = None;
    output::stream(path, |into| {
        written = Some(write(into)?);
        Ok::<(), Box<dyn Error>>(())
    })?;
    written.ok_or_else(|| "nothing was written".into())
}

/// The admin route at the address that a person names.
fn relay(at: &At) -> Outcome<Relay> {
    let project = Project::find()?;
    let reading = pipeline::read(project.root())?;
    let spec = reading.spec.ok_or("spec.toml has errors: `generator check` shows them")?;
    let (path, secret) = admin(&spec)?;
    let url: Uri = at.url.parse().map_err(|error| format!("{} is no URL: {error}", at.url))?;
    let local = matches!(url.host(), Some("localhost" | "127.0.0.1" | "[::1]"));
    if !local && url.scheme_str() != Some("https") {
        return Err(format!("the token goes with each request, so {} must be https", at.url).into());
    }
    let token = std::env::var(&secret).ok().or_else(|| dev_vars::secret(&project, &secret).filter(|_| local));
    let token = token.filter(|token| !token.is_empty()).ok_or_else(|| {
        let or_file = if local { " in the environment or in .dev.vars" } else { " in the environment" };
        format!("the admin route asks for a token: set {secret}{or_file} to the secret of that name")
    })?;
    Ok(Relay::new(&format!("{}{path}", at.url.trim_end_matches('/')), token))
}

/// The admin route's path without its `*`, and the name of its secret.
fn admin(spec: &Spec) -> Outcome<(String, String)> {
    let (route, token) = spec.admin().ok_or(
        "spec.toml has no admin route: add `[[routes]]` with `path = \"/admin/*\"`, `handler = \"admin\"` and \
         `token = \"ADMIN_TOKEN\"`, declare that secret, and deploy",
    )?;
    Ok((route.path.as_str().trim_end_matches('*').to_owned(), token.to_string()))
}

fn text(status: &Status) -> String {
    let Status { store_id, backend_id, created_at, head, events, bytes, connections, pulls, mirror } = status;
    let mirror = mirror.as_ref().map(|Mirror { mirrored, lag, trouble }| {
        let trouble = trouble.as_ref().map(|trouble| format!("; {trouble}")).unwrap_or_default();
        format!("mirror       to {mirrored}, {lag} behind{trouble}\n")
    });
    format!(
        "store        {store_id}\nbackend id   {backend_id}\ncreated      {created_at}\nhead         {head}\n\
         events       {events}, {bytes} bytes\nconnections  {connections}, with {pulls} pulls\n{}",
        mirror.unwrap_or_default()
    )
}
