//! What a JSON Web Token has to be.

use super::{Lowering, reference::Target};
use crate::{
    diagnostic::{Code, Diagnostic, Place},
    model::{
        auth::{Jwt, Keys, Pattern, Setting},
        name::BindingName,
    },
    path::SpecPath,
    spec::{RawAlgorithm, RawAuth},
};

impl Lowering<'_> {
    pub(super) fn jwt(&mut self, path: &SpecPath, raw: &RawAuth) -> Option<Jwt> {
        let RawAuth::Jwt { algorithms, key, jwks, issuer, audience, leeway, require, read, write, .. } = raw
        else {
            return None;
        };
        self.each_once(&path.key("algorithms"), algorithms, |it| it.word());
        let shared = self.is_shared(path, algorithms, jwks.is_some());
        let keys = self.keys(path, key.as_deref(), jwks.as_deref(), shared);
        let issuer = issuer.as_ref().map(|text| self.setting(text, path.key("issuer")));
        let audience: Vec<_> = audience
            .iter()
            .enumerate()
            .map(|(index, text)| self.setting(text, path.key("audience").index(index)))
            .collect();
        if jwks.is_some() && issuer.is_none() && audience.is_empty() {
            let message = "whoever is given a token of that key set, for whatever app, would be let in";
            let help = "add `issuer = \"…\"` and, if the tokens have one, `audience = [\"…\"]`";
            self.push(Diagnostic::new(Code::MissingKey, Place::Value(path.key("jwks")), message).help(help));
        }
        self.each_once(&path.key("require"), require, |it| it);
        if read.is_empty() && write.is_empty() {
            let message = "a token would open no store";
            let help = "add `write = [\"*\"]` for all stores, or name claims as in `write = [\"{stores}\"]`";
            self.push(Diagnostic::new(Code::MissingKey, Place::Key(path.clone()), message).help(help));
        }
        let (read, write) =
            (self.patterns(&path.key("read"), read), self.patterns(&path.key("write"), write));
        Some(Jwt {
            algorithms: algorithms.clone(),
            keys: keys?,
            issuer: issuer.flatten(),
            audience: audience.into_iter().flatten().collect(),
            leeway: *leeway,
            require: require.clone(),
            read,
            write,
        })
    }

    /// Whether tokens are signed with a key that the worker has, too. A key that could be taken for one of the other kind
    /// would let its finder make tokens.
    fn is_shared(&mut self, path: &SpecPath, algorithms: &[RawAlgorithm], set: bool) -> bool {
        let Some(index) = algorithms.iter().position(|it| *it == RawAlgorithm::Hs256) else { return false };
        let at = Place::Value(path.key("algorithms").index(index));
        if algorithms.iter().any(|it| *it != RawAlgorithm::Hs256) {
            let message = "`HS256` shares its key, and the others do not: no key is of both kinds";
            let help = "leave it out, or list it alone";
            self.push(Diagnostic::new(Code::InvalidValue, at, message).help(help));
        } else if set {
            let message = "a key set has public keys, with which `HS256` cannot be checked";
            let help = "name the secret with the shared key as `key`, or list the algorithms of the set";
            self.push(
                Diagnostic::new(Code::InvalidValue, at, message)
                    .related(Place::Key(path.key("jwks")), "the key set")
                    .help(help),
            );
        }
        true
    }

    fn keys(&mut self, path: &SpecPath, key: Option<&str>, jwks: Option<&str>, shared: bool) -> Option<Keys> {
        match (key, jwks) {
            (Some(_), Some(_)) => {
                let message =
                    "signatures are checked with a key of the spec or with a key set, not with both";
                let at = Place::Key(path.key("jwks"));
                self.push(Diagnostic::new(Code::NeedlessKey, at, message).help("remove `key` or `jwks`"));
                None
            }
            (None, None) => {
                let message = "nothing says with what signatures are checked";
                let help = "add `key` with the name of a secret or variable, or `jwks` with the address of a key set";
                self.push(Diagnostic::new(Code::MissingKey, Place::Key(path.clone()), message).help(help));
                None
            }
            (Some(key), None) if self.raw.vars.contains_key(key) => {
                let at = path.key("key");
                if shared {
                    let message = format!("whoever reads the variable `{key}` could make tokens");
                    let help =
                        format!("declare it as `[secrets.{key}]`: variables are public in the dashboard");
                    self.push(
                        Diagnostic::new(Code::InvalidValue, Place::Value(at.clone()), message).help(help),
                    );
                }
                self.text_var(key, at).map(Keys::Named)
            }
            (Some(key), None) => self.secret(key, path.key("key")).map(Keys::Named),
            (None, Some(url)) => {
                let at = path.key("jwks");
                let setting = self.setting(url, at.clone())?;
                let text = match &setting {
                    Setting::Text(text) => text,
                    Setting::Var(name) => self.raw.vars.get(name.as_str())?.as_str()?,
                };
                if !is_safe(text) {
                    let message = format!("no keys can be had safely from {text:?}");
                    let help =
                        "write an https:// address: whoever answers there decides which tokens are good";
                    self.push(Diagnostic::new(Code::InvalidValue, Place::Value(at), message).help(help));
                }
                Some(Keys::Jwks(setting))
            }
        }
    }

    /// A text, or the name of a variable: whatever could be one is one.
    pub(super) fn setting(&mut self, text: &str, at: SpecPath) -> Option<Setting> {
        if BindingName::new(text).is_ok() {
            return self.text_var(text, at).map(Setting::Var);
        }
        if text.trim() != text || text.is_empty() || text.chars().any(char::is_control) {
            let message = format!("{text:?} is no value of a claim or address");
            let help = "write it as the tokens have it, or the name of a variable";
            self.push(Diagnostic::new(Code::InvalidValue, Place::Value(at), message).help(help));
            return None;
        }
        Some(Setting::Text(text.to_owned()))
    }

    /// A variable whose value has to be text.
    fn text_var(&mut self, name: &str, at: SpecPath) -> Option<BindingName> {
        let place = Place::Value(at.clone());
        let var = self.reference(Target::Var, name, at)?;
        if self.raw.vars.get(name).is_some_and(|it| !it.is_string()) {
            let message = format!("text is needed, and `vars.{name}` is none");
            self.push(
                Diagnostic::new(Code::WrongType, place, message)
                    .related(Place::Value(SpecPath::from(["vars", name])), "declared here")
                    .help("write its value in quotes"),
            );
            return None;
        }
        Some(var)
    }

    fn patterns(&mut self, list: &SpecPath, patterns: &[String]) -> Vec<Pattern> {
        self.each_once(list, patterns, |it| it);
        let mut valid = Vec::new();
        for (index, text) in patterns.iter().enumerate() {
            match Pattern::new(text) {
                Ok(pattern) => valid.push(pattern),
                Err(reason) => {
                    let at = Place::Value(list.index(index));
                    let message = format!("{text:?} names no stores");
                    self.push(Diagnostic::new(Code::InvalidValue, at, message).help(reason));
                }
            }
        }
        valid
    }
}

/// Whether nobody on the way can exchange the keys.
fn is_safe(url: &str) -> bool {
    let loopback = ["http://localhost", "http://127.0.0.1"].iter().any(|start| {
        url.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
    });
    (loopback || url.starts_with("https://")) && url.bytes().all(|b| (b'!'..=b'~').contains(&b))
}
