//! The view of the module `glue::auth`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::names::field;
use crate::model::{
    Spec,
    auth::{Auth, Place, Proof},
    name::AuthName,
};

/// The module's view.
#[derive(Serialize)]
pub(super) struct AuthView<'a> {
    auth: Vec<One<'a>>,
    /// What is read of the environment, by its name.
    secrets: BTreeMap<&'a str, String>,
}

#[derive(Serialize)]
struct One<'a> {
    name: &'a str,
    constant: String,
    places: Vec<PlaceView<'a>>,
    secret: &'a str,
}

#[derive(Serialize)]
struct PlaceView<'a> {
    place: &'static str,
    cookie: Option<&'a str>,
}

/// The name of the constant that an auth becomes.
pub(super) fn constant(name: &AuthName) -> String {
    name.as_str().to_ascii_uppercase()
}

pub(super) fn view(spec: &Spec) -> AuthView<'_> {
    let is_secret = |name: &&str| spec.secrets.iter().any(|secret| secret.name.as_str() == *name);
    let read = || spec.auth.iter().flat_map(Auth::reads).map(|name| name.as_str());
    AuthView {
        auth: spec.auth.iter().map(one).collect(),
        secrets: read().filter(is_secret).map(|name| (name, field(name))).collect(),
    }
}

fn one(auth: &Auth) -> One<'_> {
    let Proof::Token { secret } = &auth.proof;
    One {
        name: auth.name.as_str(),
        constant: constant(&auth.name),
        places: auth.places.iter().map(place).collect(),
        secret: secret.as_str(),
    }
}

fn place(place: &Place) -> PlaceView<'_> {
    match place {
        Place::Payload => PlaceView { place: "Payload", cookie: None },
        Place::Header => PlaceView { place: "Header", cookie: None },
        Place::Cookie(name) => PlaceView { place: "Cookie", cookie: Some(name) },
    }
}
