//! Builds the web app and the worker, each only when something that goes into it changed.
//!
//! A build that fails or is cut short may leave anything behind; it is not taken for what was built.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::model::Spec;
use crate::process::{Program, ToolError};
use crate::progress::Progress;
use crate::project::Project;
use crate::render::HEADER;
use crate::stamp::{self, Inputs};
use crate::toolchain::Toolchain;

/// What of the spec is needed to build and serve the app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct App {
    /// The web app, if there is one.
    pub web: Option<Web>,
    /// Its D1 databases that have tables, by their bindings. wrangler takes it for a mistake to migrate another.
    pub databases: Vec<String>,
    /// The secret with the key for the models, if it has any.
    pub models_key: Option<String>,
}

/// A web app and the command that builds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Web {
    /// The folder of built files, relative to the project.
    pub directory: String,
    /// Run by `sh` in the project's folder; `None` if the files are there as they are.
    pub build: Option<String>,
}

impl Web {
    /// The folder of built files.
    pub(crate) fn output(&self, project: &Project) -> PathBuf {
        project.root().join(&self.directory)
    }

    /// The folder with the source, which is beside the output: `web/` for `web/dist`.
    pub(crate) fn source(&self, project: &Project) -> PathBuf {
        self.output(project).parent().unwrap_or(project.root()).to_owned()
    }

    /// What is in the source's folder and no source of the web app.
    pub(crate) fn no_source(&self, project: &Project) -> [PathBuf; 3] {
        [self.output(project), project.generated(), project.runtime()]
    }
}

impl App {
    /// What `spec` says of it.
    pub fn of(spec: &Spec) -> Self {
        let web = spec.web.as_ref();
        Self {
            web: web.map(|web| Web { directory: web.directory.clone(), build: web.build.clone() }),
            databases: spec
                .databases()
                .filter(|(binding, _)| spec.tables.iter().any(|table| table.database == **binding))
                .map(|(binding, _)| binding.to_string())
                .collect(),
            models_key: spec.llm.as_ref().map(|llm| llm.api_key.to_string()),
        }
    }
}

/// Sets up what is missing and builds all that is stale. What is generated must be there.
///
/// # Errors
/// If anything cannot be set up or built.
pub fn all(project: &Project, app: &App, progress: &Progress) -> Result<Toolchain, ToolError> {
    let toolchain = Toolchain::prepare(project, progress)?;
    web(project, app.web.as_ref(), progress)?;
    worker(project, &toolchain, progress)?;
    Ok(toolchain)
}

/// Builds the web app, and puts beside its files the headers that they are served with.
///
/// # Errors
/// If the command fails, leaves no folder where the spec says, or has put other headers there.
pub fn web(project: &Project, web: Option<&Web>, progress: &Progress) -> Result<(), ToolError> {
    let Some(web) = web else { return Ok(()) };
    let directory = web.output(project);
    if let Some(build) = &web.build {
        files(project, web, build, progress)?;
    }
    if !directory.is_dir() {
        let remedy = "let [web] in spec.toml name the folder of built files and, with `build`, the command that makes it";
        return Err(ToolError::new(format!("there is no folder {} for the web app", web.directory), remedy));
    }
    headers(&project.generated().join(HEADERS), &directory.join(HEADERS))
}

/// Where wrangler looks for the headers of files, in their folder.
const HEADERS: &str = "_headers";

/// Puts the generated headers where wrangler looks for them; those of somebody else are not lost.
fn headers(generated: &Path, served: &Path) -> Result<(), ToolError> {
    let wanted = fs::read_to_string(generated).map_err(|error| ToolError::io("read", generated, &error))?;
    match fs::read_to_string(served) {
        Ok(there) if there == wanted => return Ok(()),
        Ok(there) if !there.starts_with(&format!("# {HEADER}")) => {
            let remedy = "declare in spec.toml, in [web.headers], [web.security] and [web.cache], what it says, and take it out of the web app";
            return Err(ToolError::new(format!("the web app has its own {}", served.display()), remedy));
        }
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(ToolError::io("read", served, &error));
        }
        Ok(_) | Err(_) => {}
    }
    fs::write(served, wanted).map_err(|error| ToolError::io("write", served, &error))
}

/// Makes the files of a web app.
fn files(project: &Project, web: &Web, build: &str, progress: &Progress) -> Result<(), ToolError> {
    let program = || Program::new("sh").args(["-c", build]).current_dir(project.root());
    let inputs = web_inputs(project, web, Inputs::default());
    fresh_or(project, "web app", inputs, &|| web.output(project).is_dir(), progress, || Ok(program()))
}

/// Builds the worker, for release: what is deployed is what runs locally.
///
/// # Errors
/// If it does not compile.
pub fn worker(project: &Project, toolchain: &Toolchain, progress: &Progress) -> Result<(), ToolError> {
    let inputs = worker_inputs(project, Inputs::default()).text(&toolchain.identity());
    fresh_or(project, "worker", inputs, &|| project.worker().is_file(), progress, || {
        Ok(toolchain.worker_build()?.arg("--release").current_dir(project.runtime()))
    })
}

/// A hash of all that web app and worker are built from, in hexadecimal; the same on every machine.
///
/// # Errors
/// If something of it cannot be read.
pub fn source(project: &Project, app: &App) -> Result<String, ToolError> {
    let inputs = worker_inputs(project, Inputs::default());
    let inputs = match &app.web {
        Some(web) => web_inputs(project, web, inputs).path(project.generated().join(HEADERS)),
        None => inputs,
    };
    inputs.hash()
}

fn worker_inputs(project: &Project, inputs: Inputs) -> Inputs {
    inputs
        .path(project.runtime())
        .except(project.runtime().join("build"))
        .path(project.generated().join("src"))
        .path(project.generated().join("Cargo.toml"))
        .path(project.root().join("Cargo.toml"))
        .path(project.root().join("Cargo.lock"))
}

/// The source of a web app, or its files where nothing builds them.
fn web_inputs(project: &Project, web: &Web, inputs: Inputs) -> Inputs {
    let Some(build) = &web.build else {
        return inputs.path(web.output(project)).except(web.output(project).join(HEADERS));
    };
    let source = inputs.path(web.source(project));
    let source = web.no_source(project).into_iter().fold(source, Inputs::except);
    source.path(project.generated().join("web")).path(project.root().join("package-lock.json")).text(build)
}

/// Runs `program` unless it was run on the same inputs and its output is still there.
fn fresh_or(
    project: &Project,
    title: &str,
    inputs: Inputs,
    exists: &dyn Fn() -> bool,
    progress: &Progress,
    program: impl FnOnce() -> Result<Program, ToolError>,
) -> Result<(), ToolError> {
    let stamp = project.stamps().join(title.replace(' ', "-"));
    let _alone = stamp::exclusive(&stamp.with_extension("lock"), progress)?;
    // Taken before the build: an edit during it makes the result stale.
    let hash = inputs.hash()?;
    if stamp::is_fresh(&stamp, &hash) && exists() {
        progress.fresh(title);
        return Ok(());
    }
    let step = progress.step(title);
    stamp::forget(&stamp)?;
    program()?.run(&step)?;
    stamp::record(&stamp, &hash)?;
    step.done();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Format;
    use crate::document::Source;
    use crate::pipeline;
    use std::fs;

    fn project() -> (tempfile::TempDir, Project) {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("web")).unwrap();
        fs::write(folder.path().join("web/page"), "1").unwrap();
        fs::create_dir(folder.path().join("generated")).unwrap();
        fs::write(folder.path().join("generated/_headers"), HEADERS_OF_FILES).unwrap();
        let project = Project::at(folder.path());
        (folder, project)
    }

    fn with_build(build: &str) -> Web {
        Web { directory: "web/dist".to_owned(), build: Some(build.to_owned()) }
    }

    fn built(project: &Project) -> String {
        fs::read_to_string(project.root().join("web/dist/page")).unwrap_or_default()
    }

    const HEADERS_OF_FILES: &str = "# Made from spec.toml by `cargo run -p generator -- generate`. Do not edit: the next run shows and refuses it.\n/*\n  a: b\n";

    const COPY: &str = "mkdir -p web/dist && cat web/page >> web/dist/page";

    #[test]
    fn a_database_without_tables_is_not_migrated() {
        let text = "[worker]\nname = \"a\"\ncompatibility_date = \"2026-04-01\"\n\
            [bindings]\nDB = { type = \"d1\", database = \"full\" }\nOTHER = { type = \"d1\", database = \"empty\" }\n\
            SYNC = { type = \"durable_object\", class = \"Sync\" }\n\
            [[routes]]\npath = \"/sync\"\nhandler = \"relay\"\nbinding = \"SYNC\"\nauth = \"none\"\n\
            [relay]\nstore = \"durable_object\"\n\
            [tables.notes]\ndatabase = \"DB\"\nprimary_key = [\"id\"]\ncolumns.id = { type = \"uuid\" }\n";
        let reading = pipeline::interpret(Source { name: "spec.toml".to_owned(), text: text.to_owned() });
        let spec =
            reading.spec.as_ref().unwrap_or_else(|| panic!("{}", reading.render(Format::Human, false)));
        assert_eq!(App::of(spec).databases, ["DB"]);
    }

    #[test]
    fn the_web_app_is_built_again_only_after_an_edit() {
        let (_folder, project) = project();
        let progress = Progress::of_work();
        web(&project, Some(&with_build(COPY)), &progress).unwrap();
        web(&project, Some(&with_build(COPY)), &progress).unwrap();
        assert_eq!(built(&project), "1");
        fs::write(project.root().join("web/page"), "2").unwrap();
        web(&project, Some(&with_build(COPY)), &progress).unwrap();
        assert_eq!(built(&project), "12");
    }

    #[test]
    fn a_build_that_failed_is_tried_again_and_its_output_is_shown() {
        let (_folder, project) = project();
        let progress = Progress::of_work();
        let failing = with_build("echo no such page; exit 2");
        for _ in 0..2 {
            let error = web(&project, Some(&failing), &progress).unwrap_err().to_string();
            assert!(error.contains("exit code 2") && error.contains("| no such page"), "{error}");
        }
    }

    #[test]
    fn what_a_build_that_was_cut_short_left_is_not_taken_for_fresh_after_the_edit_is_taken_back() {
        let (_folder, project) = project();
        let progress = Progress::of_work();
        let breaking = with_build("mkdir -p web/dist && cat web/page > web/dist/page && grep -qv 2 web/page");
        web(&project, Some(&breaking), &progress).unwrap();
        fs::write(project.root().join("web/page"), "2").unwrap();
        web(&project, Some(&breaking), &progress).unwrap_err();
        assert_eq!(built(&project), "2");
        fs::write(project.root().join("web/page"), "1").unwrap();
        web(&project, Some(&breaking), &progress).unwrap();
        assert_eq!(built(&project), "1");
    }

    #[test]
    fn the_files_are_served_with_the_generated_headers() {
        let (_folder, project) = project();
        let served = || fs::read_to_string(project.root().join("web/dist/_headers")).unwrap();
        web(&project, Some(&with_build(COPY)), &Progress::of_work()).unwrap();
        assert_eq!(served(), HEADERS_OF_FILES);
        let edited = format!("{HEADERS_OF_FILES}  c: d\n");
        fs::write(project.generated().join("_headers"), &edited).unwrap();
        web(&project, Some(&with_build(COPY)), &Progress::of_work()).unwrap();
        assert_eq!(served(), edited);
        assert_eq!(built(&project), "1");
    }

    #[test]
    fn headers_of_the_web_app_itself_are_not_lost() {
        let (_folder, project) = project();
        let build = with_build("mkdir -p web/dist && echo '/* mine' > web/dist/_headers");
        let error = web(&project, Some(&build), &Progress::of_work()).unwrap_err().to_string();
        assert!(error.contains("web/dist/_headers") && error.contains("[web.headers]"), "{error}");
    }

    #[test]
    fn a_command_that_builds_something_else_is_an_error() {
        let (_folder, project) = project();
        let error = web(&project, Some(&with_build("true")), &Progress::of_work()).unwrap_err().to_string();
        assert!(error.contains("there is no folder web/dist"), "{error}");
    }
}
