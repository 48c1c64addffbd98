//! Proofs of who a client is, and the routes that ask for them.

use super::{Lowering, reference::Target};
use crate::{
    diagnostic::{Code, Diagnostic, Place as At},
    model::{
        auth::{Auth, Place, Proof},
        name::AuthName,
    },
    path::SpecPath,
    spec::{RawAuth, RawPlace},
};

/// What a route says to serve everybody.
const NONE: &str = "none";

impl Lowering<'_> {
    pub(super) fn auth(&mut self) -> Vec<Auth> {
        let raw = self.raw;
        raw.auth.iter().filter_map(|(name, raw)| self.one_auth(name, raw)).collect()
    }

    fn one_auth(&mut self, name: &str, raw: &RawAuth) -> Option<Auth> {
        let path = SpecPath::from(["auth", name]);
        let RawAuth::Token { secret, from, cookie } = raw;
        let places = self.places(&path, from, cookie.as_deref());
        let secret = self.secret(secret, path.key("secret"));
        if name == NONE {
            self.use_of("auth", NONE);
            let message = "`none` is what a route says that asks for nothing";
            self.push(Diagnostic::new(Code::InvalidName, At::Key(path), message).help("name it otherwise"));
            return None;
        }
        let name = self.name(name, At::Key(path));
        Some(Auth { name: name?, places: places?, proof: Proof::Token { secret: secret? } })
    }

    /// Where the token may be.
    fn places(&mut self, path: &SpecPath, from: &[RawPlace], cookie: Option<&str>) -> Option<Vec<Place>> {
        for (index, place) in from.iter().enumerate() {
            if let Some(first) = from[..index].iter().position(|it| it == place) {
                let at = At::Value(path.key("from").index(index));
                let message = format!("`{}` is listed twice", place.word());
                let first = At::Value(path.key("from").index(first));
                self.push(
                    Diagnostic::new(Code::DuplicateName, at, message).related(first, "first listed here"),
                );
            }
        }
        let cookie = match (cookie, from.iter().position(|it| *it == RawPlace::Cookie)) {
            (None, Some(index)) => {
                let at = At::Value(path.key("from").index(index));
                let message = "a token from a cookie needs the cookie's name";
                self.push(
                    Diagnostic::new(Code::MissingKey, at, message).help("add `cookie = \"…\"` beside `from`"),
                );
                return None;
            }
            (Some(_), None) => {
                let at = At::Key(path.key("cookie"));
                let message = "no token is looked for in the cookie";
                let help = "add `\"cookie\"` to `from`, or remove `cookie`";
                self.push(Diagnostic::new(Code::InvalidValue, at, message).help(help));
                return None;
            }
            (Some(name), Some(_)) if !is_cookie_name(name) => {
                let message = format!("{name:?} cannot name a cookie");
                let help = "use letters, digits, `-`, `_` and `.` alone";
                let at = At::Value(path.key("cookie"));
                self.push(Diagnostic::new(Code::InvalidName, at, message).help(help));
                return None;
            }
            (cookie, _) => cookie.unwrap_or_default(),
        };
        let place = |place: &RawPlace| match place {
            RawPlace::Payload => Place::Payload,
            RawPlace::Header => Place::Header,
            RawPlace::Cookie => Place::Cookie(cookie.to_owned()),
        };
        Some(from.iter().map(place).collect())
    }

    /// What a route at `place` asks of its clients. Whoever serves everybody has to say so.
    pub(super) fn route_auth(
        &mut self,
        place: &SpecPath,
        path: &str,
        auth: Option<&str>,
    ) -> Option<AuthName> {
        match auth {
            Some(NONE) => None,
            None if self.broken.touches(&place.key("auth")) => None,
            Some(name) => self.reference(Target::Auth, name, place.key("auth")),
            None => {
                let help = "say with `auth = \"…\"` which section of `[auth]` guards it, or `auth = \"none\"` if \
                            everybody may use it";
                let at = At::Value(place.key("path"));
                let message =
                    format!("everybody may use `{path}`, and the spec does not say that it is meant");
                self.push(Diagnostic::new(Code::OpenRoute, at, message).help(help));
                None
            }
        }
    }

    /// Whether a browser may prove by a cookie alone who the user of the relay is.
    pub(super) fn relay_takes_cookies(&self) -> bool {
        let auth = self.raw.routes.iter().flatten().find_map(|route| match route {
            crate::spec::RawRoute::Relay { auth, .. } => auth.as_ref(),
            _ => None,
        });
        let auth = auth.and_then(|name| self.raw.auth.get(name));
        auth.is_some_and(|RawAuth::Token { from, .. }| from.contains(&RawPlace::Cookie))
    }
}

fn is_cookie_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
}
