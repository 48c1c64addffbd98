//! The line of what clients have to prove.

use std::fmt::Display;

use crate::model::auth::{Auth, Jwt, Keys, Place, Proof, Setting};

pub(super) fn line(auth: &Auth) -> String {
    let place = |place: &Place| match place {
        Place::Payload => "payload".to_owned(),
        Place::Header => "header".to_owned(),
        Place::Cookie(name) => format!("cookie {name}"),
    };
    let places = listed(auth.places.iter().map(place));
    match &auth.proof {
        Proof::Token { secret } => format!("{secret} from {places}"),
        Proof::Jwt(it) => format!("{} from {places}", jwt(it)),
    }
}

fn jwt(jwt: &Jwt) -> String {
    let keys = match &jwt.keys {
        Keys::Named(name) => name.to_string(),
        Keys::Jwks(url) => setting(url),
    };
    let algorithms = listed(jwt.algorithms.iter().map(|it| it.word()));
    let parts = [
        ("issuer", listed(jwt.issuer.iter().map(setting))),
        ("audience", listed(jwt.audience.iter().map(setting))),
        ("requires", listed(&jwt.require)),
        ("reads", listed(&jwt.read)),
        ("writes", listed(&jwt.write)),
        ("leeway", format!("{} s", jwt.leeway)),
    ];
    let parts = parts.into_iter().filter(|(_, it)| !it.is_empty());
    let parts: String = parts.map(|(name, it)| format!("; {name} {it}")).collect();
    format!("{algorithms} by {keys}{parts};")
}

fn setting(setting: &Setting) -> String {
    match setting {
        Setting::Text(text) => text.clone(),
        Setting::Var(name) => name.to_string(),
    }
}

fn listed<T: Display>(items: impl IntoIterator<Item = T>) -> String {
    items.into_iter().map(|it| it.to_string()).collect::<Vec<_>>().join(", ")
}
