//! Variables and secrets: values of the worker's environment.

use serde_json::Value;

use super::Lowering;
use crate::{
    diagnostic::{Code, Diagnostic, Place, nearest},
    model::bindings::{Secret, Var, VarValue},
    path::SpecPath,
    spec::{Named, RawScalar},
};

/// The greatest whole number up to which JavaScript holds every one exactly.
const MOST_EXACT: u64 = (1 << 53) - 1;

impl Lowering<'_> {
    pub(super) fn vars(&mut self) -> Vec<Var> {
        let raw = self.raw;
        let mut vars = Vec::new();
        for (name, value) in &raw.vars {
            let path = SpecPath::from(["vars", name]);
            self.one_namespace("vars", name);
            let value = self.var(&path, value);
            let name = self.name(name, Place::Key(path));
            vars.extend(name.zip(value).map(|(name, value)| Var { name, value }));
        }
        vars
    }

    fn var(&mut self, path: &SpecPath, raw: &RawScalar) -> Option<VarValue> {
        Some(match raw {
            Value::Bool(value) => VarValue::Boolean(*value),
            Value::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(value), _) if value.unsigned_abs() <= MOST_EXACT => VarValue::Integer(value),
                (Some(value), _) => {
                    let message = format!("JavaScript does not hold {value} exactly");
                    let help = format!("write it in quotes, or keep within ±{MOST_EXACT}");
                    self.push(
                        Diagnostic::new(Code::OutOfRange, Place::Value(path.clone()), message).help(help),
                    );
                    return None;
                }
                (None, value) => VarValue::Float(value?),
            },
            Value::String(text) => VarValue::Text(text.clone()),
            Value::Null | Value::Array(_) | Value::Object(_) => return None,
        })
    }

    /// The variables of an environment: those of the main one, with the values that differ.
    pub(super) fn environment_vars(
        &mut self,
        path: &SpecPath,
        main: &[Var],
        written: &Named<RawScalar>,
    ) -> Vec<Var> {
        let declared = &self.raw.vars;
        for var in written.keys().filter(|var| !declared.contains_key(*var)) {
            let known = declared.keys().map(String::as_str);
            let help = nearest(var, known).unwrap_or_else(|| format!("declare `{var}` under `[vars]` first"));
            let message = format!("`vars.{var}` is not declared");
            let place = Place::Key(path.key(var));
            self.diagnostics.push(Diagnostic::new(Code::UnknownVar, place, message).help(help));
        }
        main.iter().map(|main| self.environment_var(path, main, written)).collect()
    }

    fn environment_var(&mut self, path: &SpecPath, main: &Var, written: &Named<RawScalar>) -> Var {
        let name = main.name.as_str();
        let at = path.key(name);
        let Some(value) = written.get(name).and_then(|value| self.var(&at, value)) else {
            return main.clone();
        };
        let value = match (&main.value, value) {
            // TOML tells `1` from `1.0`; a person who means a number may not.
            #[expect(clippy::cast_precision_loss, reason = "within what a float holds exactly")]
            (VarValue::Float(_), VarValue::Integer(value)) => VarValue::Float(value as f64),
            (_, value) => value,
        };
        if std::mem::discriminant(&value) != std::mem::discriminant(&main.value) {
            let message = format!("`{at}` is {}, and `vars.{name}` {}", value.noun(), main.value.noun());
            self.push(
                Diagnostic::new(Code::WrongType, Place::Value(at), message)
                    .related(Place::Value(SpecPath::from(["vars", name])), "declared here")
                    .help("the code is the same everywhere, and so is the type"),
            );
        }
        Var { name: main.name.clone(), value }
    }

    pub(super) fn secrets(&mut self) -> Vec<Secret> {
        let raw = self.raw;
        let mut secrets = Vec::new();
        for (name, secret) in &raw.secrets {
            self.one_namespace("secrets", name);
            let name = self.name(name, Place::Key(SpecPath::from(["secrets", name])));
            secrets.extend(name.map(|name| Secret { name, description: secret.description.clone() }));
        }
        secrets
    }

    /// Bindings, variables and secrets share the worker's environment; the later one would hide the earlier.
    fn one_namespace(&mut self, section: &str, name: &str) {
        let taken = [
            ("bindings", self.raw.bindings.contains_key(name)),
            ("vars", section == "secrets" && self.raw.vars.contains_key(name)),
        ];
        for (other, _) in taken.into_iter().filter(|(_, taken)| *taken) {
            self.push(
                Diagnostic::new(
                    Code::DuplicateName,
                    Place::Key(SpecPath::from([section, name])),
                    format!(
                        "`{section}.{name}` and `{other}.{name}` are one name in the worker's environment"
                    ),
                )
                .related(Place::Key(SpecPath::from([other, name])), "also declared here")
                .help("give one of them another name"),
            );
        }
    }
}
