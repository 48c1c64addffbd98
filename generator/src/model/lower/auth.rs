//! Proofs of who a client is, and the routes that ask for them.

use super::{Lowering, reference::Target};
use crate::{
    diagnostic::{Code, Diagnostic, Place as At},
    model::{
        auth::{Auth, Place, Proof},
        name::AuthName,
    },
    path::SpecPath,
    spec::{RawAuth, RawPlace, RawRoute},
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
        let (RawAuth::Token { from, cookie, .. } | RawAuth::Jwt { from, cookie, .. }) = raw;
        let places = self.places(&path, from, cookie.as_deref());
        let proof = match raw {
            RawAuth::Token { secret, .. } => {
                self.secret(secret, path.key("secret")).map(|secret| Proof::Token { secret })
            }
            RawAuth::Jwt { .. } => self.jwt(&path, raw).map(Proof::Jwt),
        };
        if name == NONE {
            self.use_of("auth", NONE);
            let message = "`none` is what a route says that asks for nothing";
            self.push(Diagnostic::new(Code::InvalidName, At::Key(path), message).help("name it otherwise"));
            return None;
        }
        let name: Option<AuthName> = self.name(name, At::Key(path));
        Some(Auth { name: name?, places: places?, proof: proof? })
    }

    /// Where the token may be.
    fn places(&mut self, path: &SpecPath, from: &[RawPlace], cookie: Option<&str>) -> Option<Vec<Place>> {
        self.each_once(&path.key("from"), from, |place| place.word());
        let at = |key: &str| path.key(key);
        let cookie = match (cookie, from.iter().position(|it| *it == RawPlace::Cookie)) {
            (None, Some(index)) => {
                let message = "a token from a cookie needs the cookie's name";
                let place = At::Value(at("from").index(index));
                self.push(
                    Diagnostic::new(Code::MissingKey, place, message)
                        .help("add `cookie = \"…\"` beside `from`"),
                );
                return None;
            }
            (Some(_), None) => {
                let help = "add `\"cookie\"` to `from`, or remove `cookie`";
                let message = "no token is looked for in the cookie";
                self.push(Diagnostic::new(Code::NeedlessKey, At::Key(at("cookie")), message).help(help));
                return None;
            }
            (Some(name), Some(_)) if !is_cookie_name(name) => {
                let message = format!("{name:?} cannot name a cookie");
                let help = "use letters, digits, `-`, `_` and `.` alone";
                self.push(Diagnostic::new(Code::InvalidName, At::Value(at("cookie")), message).help(help));
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

    /// Says of each item of a list that is there twice.
    pub(super) fn each_once<T: PartialEq>(
        &mut self,
        list: &SpecPath,
        items: &[T],
        word: impl Fn(&T) -> &str,
    ) {
        for (index, item) in items.iter().enumerate() {
            if let Some(first) = items[..index].iter().position(|it| it == item) {
                let message = format!("`{}` is listed twice", word(item));
                self.push(
                    Diagnostic::new(Code::DuplicateName, At::Value(list.index(index)), message)
                        .related(At::Value(list.index(first)), "first listed here"),
                );
            }
        }
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

    /// Whether a client of the relay may prove by a cookie who it is.
    pub(super) fn relay_takes_cookies(&self) -> bool {
        let auth = self.raw.routes.iter().flatten().find_map(|route| match route {
            RawRoute::Relay { auth, .. } => auth.as_ref(),
            RawRoute::Llm { .. } | RawRoute::Admin { .. } | RawRoute::Health { .. } => None,
        });
        let auth = auth.and_then(|name| self.raw.auth.get(name));
        auth.is_some_and(|auth| auth.places().contains(&RawPlace::Cookie))
    }
}

fn is_cookie_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
}
