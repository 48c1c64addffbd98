//! The view of the module `glue::auth`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::names::field;
use crate::{
    model::{
        Spec,
        auth::{Auth, Jwt, Keys, Pattern, Place, Proof, Setting},
        name::AuthName,
    },
    spec::RawAlgorithm,
};

/// The module's view.
#[derive(Serialize)]
pub(super) struct AuthView<'a> {
    auth: Vec<One<'a>>,
    /// The fields of the secrets that are read, by their names.
    secrets: BTreeMap<&'a str, String>,
    /// The same of variables.
    vars: BTreeMap<&'a str, String>,
}

#[derive(Serialize)]
struct One<'a> {
    name: &'a str,
    constant: String,
    places: Vec<PlaceView<'a>>,
    secret: Option<&'a str>,
    jwt: Option<JwtView<'a>>,
}

#[derive(Serialize)]
struct PlaceView<'a> {
    place: &'static str,
    cookie: Option<&'a str>,
}

#[derive(Serialize)]
struct JwtView<'a> {
    algorithms: Vec<&'static str>,
    key: Option<&'a str>,
    jwks: Option<SettingView<'a>>,
    issuer: Option<SettingView<'a>>,
    audience: Vec<SettingView<'a>>,
    leeway: u32,
    require: &'a [String],
    read: &'a [Pattern],
    write: &'a [Pattern],
}

#[derive(Serialize)]
struct SettingView<'a> {
    kind: &'static str,
    text: &'a str,
}

/// The name of the constant that an auth becomes.
pub(super) fn constant(name: &AuthName) -> String {
    name.as_str().to_ascii_uppercase()
}

pub(super) fn view(spec: &Spec) -> AuthView<'_> {
    let secrets: Vec<&str> = spec.secrets.iter().map(|it| it.name.as_str()).collect();
    let read = spec.auth.iter().flat_map(Auth::reads).map(|name| (name.as_str(), field(name.as_str())));
    let (secrets, vars) = read.partition(|(name, _)| secrets.contains(name));
    AuthView { auth: spec.auth.iter().map(one).collect(), secrets, vars }
}

fn one(auth: &Auth) -> One<'_> {
    let (secret, jwt) = match &auth.proof {
        Proof::Token { secret } => (Some(secret.as_str()), None),
        Proof::Jwt(it) => (None, Some(jwt(it))),
    };
    One {
        name: auth.name.as_str(),
        constant: constant(&auth.name),
        places: auth.places.iter().map(place).collect(),
        secret,
        jwt,
    }
}

fn place(place: &Place) -> PlaceView<'_> {
    match place {
        Place::Payload => PlaceView { place: "Payload", cookie: None },
        Place::Header => PlaceView { place: "Header", cookie: None },
        Place::Cookie(name) => PlaceView { place: "Cookie", cookie: Some(name) },
    }
}

fn jwt(jwt: &Jwt) -> JwtView<'_> {
    let algorithm = |it: &RawAlgorithm| match it {
        RawAlgorithm::Hs256 => "Hs256",
        RawAlgorithm::Rs256 => "Rs256",
        RawAlgorithm::Es256 => "Es256",
        RawAlgorithm::EdDsa => "EdDsa",
    };
    let (key, jwks) = match &jwt.keys {
        Keys::Named(name) => (Some(name.as_str()), None),
        Keys::Jwks(url) => (None, Some(setting(url))),
    };
    JwtView {
        algorithms: jwt.algorithms.iter().map(algorithm).collect(),
        key,
        jwks,
        issuer: jwt.issuer.as_ref().map(setting),
        audience: jwt.audience.iter().map(setting).collect(),
        leeway: jwt.leeway,
        require: &jwt.require,
        read: &jwt.read,
        write: &jwt.write,
    }
}

fn setting(setting: &Setting) -> SettingView<'_> {
    match setting {
        Setting::Text(text) => SettingView { kind: "Text", text },
        Setting::Var(name) => SettingView { kind: "Named", text: name.as_str() },
    }
}
