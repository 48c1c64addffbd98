//! The values of secrets: where they are looked for, in which order. Values go from here to wrangler's standard input and
//! nowhere else: nothing here can be printed.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::dev_vars;
use crate::process::ToolError;
use crate::project::Project;

/// Where values are looked for: a file that the user names, the environment, the file of the deployment's environment.
pub struct Sources {
    named: Option<(String, String)>,
    own: Option<(String, String)>,
}

/// A secret's value.
pub struct Given {
    /// The value; never shown.
    pub value: String,
    /// Where it was found, for a person.
    pub source: String,
}

/// The file of an environment's secrets, by its name in the project: `.env.staging`, or `.env.production` for the main one.
pub fn own_file(environment: Option<&str>) -> String {
    format!(".env.{}", environment.unwrap_or("production"))
}

impl Sources {
    /// Reads the files.
    ///
    /// # Errors
    /// If the one that the user names cannot be read.
    pub fn read(
        project: &Project,
        environment: Option<&str>,
        named: Option<&Path>,
    ) -> Result<Self, ToolError> {
        let text =
            |path: &Path| fs::read_to_string(path).map_err(|error| ToolError::io("read", path, &error));
        let named = named.map(|path| Ok((path.display().to_string(), text(path)?))).transpose()?;
        let name = own_file(environment);
        let path: PathBuf = project.root().join(&name);
        let own = match fs::read_to_string(&path) {
            Ok(text) => Some((name, text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(ToolError::io("read", &path, &error)),
        };
        Ok(Self { named, own })
    }

    /// The value of a secret, if there is one anywhere.
    pub fn find(&self, name: &str) -> Option<Given> {
        let from = |file: &Option<(String, String)>| {
            let (path, text) = file.as_ref()?;
            Some(Given { value: value(text, name)?, source: path.clone() })
        };
        let environment = || {
            let value = std::env::var(name).ok().filter(|value| !value.is_empty())?;
            Some(Given { value, source: "the environment".to_owned() })
        };
        from(&self.named).or_else(environment).or_else(|| from(&self.own))
    }

    /// The values of these, by name, and the names of those that have none.
    pub fn all(&self, names: &[String]) -> (BTreeMap<String, Given>, Vec<String>) {
        let (mut found, mut missing) = (BTreeMap::new(), Vec::new());
        for name in names {
            match self.find(name) {
                Some(given) => drop(found.insert(name.clone(), given)),
                None => missing.push(name.clone()),
            }
        }
        (found, missing)
    }
}

/// The value of a name in a file that is JSON, or a line `NAME=value` each, as wrangler takes both.
fn value(text: &str, name: &str) -> Option<String> {
    match serde_json::from_str::<Value>(text) {
        Ok(object) => object.get(name)?.as_str().filter(|it| !it.is_empty()).map(str::to_owned),
        Err(_) => dev_vars::value(text, name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_that_is_named_goes_before_that_of_the_environment() {
        let folder = tempfile::tempdir().unwrap();
        let named = folder.path().join("secrets.json");
        fs::write(&named, r#"{"A_SECRET":"named","EMPTY":""}"#).unwrap();
        fs::write(folder.path().join(".env.staging"), "A_SECRET=own\nB_SECRET=\"own b\"\nEMPTY=\n").unwrap();
        let project = Project::at(folder.path());
        let sources = Sources::read(&project, Some("staging"), Some(&named)).unwrap();
        let names = ["A_SECRET", "B_SECRET", "EMPTY"].map(str::to_owned);
        let (found, missing) = sources.all(&names);
        let found: Vec<_> = found.iter().map(|(name, it)| (name.as_str(), it.value.as_str())).collect();
        assert_eq!(found, [("A_SECRET", "named"), ("B_SECRET", "own b")]);
        assert_eq!(missing, ["EMPTY"]);
        assert!(Sources::read(&project, None, None).unwrap().find("B_SECRET").is_none());
    }

    #[test]
    fn a_file_that_is_named_and_not_there_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("none");
        assert!(Sources::read(&Project::at(folder.path()), None, Some(&missing)).is_err());
    }
}
