//! Routes, and what they lead to.

use super::{Lowering, reference::Target};
use crate::{
    diagnostic::{Code, Diagnostic, Place},
    model::routes::{Handler, Route, RoutePath},
    path::SpecPath,
    spec::{RawMethod, RawRoute},
};

impl Lowering<'_> {
    pub(super) fn routes(&mut self) -> Vec<Route> {
        let raw = self.raw;
        let mut paths: Vec<(usize, RoutePath)> = Vec::new();
        let mut routes = Vec::new();
        for (index, route) in raw.routes.iter().enumerate() {
            let Some(route) = route else { continue };
            let place = SpecPath::from(["routes"]).index(index);
            let path = self.route_path(&place.key("path"), route.path(), &paths);
            paths.extend(path.clone().map(|path| (index, path)));
            let handler = self.handler(&place, route);
            let auth = match route {
                RawRoute::Relay { path, auth, .. } | RawRoute::Llm { path, auth, .. } => {
                    self.route_auth(&place, path, auth.as_deref())
                }
                RawRoute::Admin { .. } | RawRoute::Health { .. } => None,
            };
            routes.extend(path.zip(handler).map(|(path, (methods, handler))| Route {
                path,
                methods,
                auth,
                handler,
            }));
        }
        self.one_of_each();
        routes
    }

    fn route_path(
        &mut self,
        place: &SpecPath,
        text: &str,
        earlier: &[(usize, RoutePath)],
    ) -> Option<RoutePath> {
        let path = match RoutePath::new(text) {
            Ok(path) => path,
            Err(reason) => {
                self.push(
                    Diagnostic::new(
                        Code::InvalidPath,
                        Place::Value(place.clone()),
                        format!("{text:?} is no path of a route"),
                    )
                    .help(reason),
                );
                return None;
            }
        };
        if let Some((index, first)) = earlier.iter().find(|(_, it)| it.covers(&path)) {
            let (code, message, label, help) = if *first == path {
                let message = format!("two routes have the path `{text}`");
                (Code::DuplicateRoute, message, "the first is here", "give it another path, or remove it")
            } else {
                let message = format!("`{}` already answers `{text}`", first.as_str());
                let help = "the first route that matches answers: put the narrower one first";
                (Code::ShadowedRoute, message, "matches first", help)
            };
            let first = SpecPath::from(["routes"]).index(*index).key("path");
            self.push(
                Diagnostic::new(code, Place::Value(place.clone()), message)
                    .related(Place::Value(first), label)
                    .help(help),
            );
        }
        Some(path)
    }

    fn handler(&mut self, place: &SpecPath, route: &RawRoute) -> Option<(Vec<RawMethod>, Handler)> {
        Some(match route {
            RawRoute::Relay { binding, .. } => {
                let name = self.reference(Target::Object, binding, place.key("binding"));
                let methods = vec![RawMethod::Get, RawMethod::Post, RawMethod::Options];
                (methods, Handler::Relay { binding: name? })
            }
            RawRoute::Llm { methods, tools, .. } => {
                if self.raw.llm.is_none() && !self.broken.touches(&SpecPath::from(["llm"])) {
                    self.push(
                        Diagnostic::new(
                            Code::MissingSection,
                            Place::Value(place.key("handler")),
                            "the route leads to `llm`, which is not declared",
                        )
                        .help("add `[llm]` with provider, models and api_key, or remove the route"),
                    );
                }
                if methods != &[RawMethod::Post] {
                    self.push(
                        Diagnostic::new(
                            Code::InvalidValue,
                            Place::Value(place.key("methods")),
                            "chat completions are asked for by POST alone",
                        )
                        .help("write `methods = [\"POST\"]`, or leave it out"),
                    );
                }
                let offered = tools.iter().enumerate().filter_map(|(index, tool)| {
                    let at = place.key("tools").index(index);
                    if let Some(first) = tools[..index].iter().position(|it| it == tool) {
                        self.push(
                            Diagnostic::new(
                                Code::DuplicateName,
                                Place::Value(at),
                                format!("the tool `{tool}` is offered twice"),
                            )
                            .related(Place::Value(place.key("tools").index(first)), "first offered here"),
                        );
                        return None;
                    }
                    self.reference(Target::Tool, tool, at)
                });
                (vec![RawMethod::Post], Handler::Llm { tools: offered.collect() })
            }
            RawRoute::Admin { path, token } => {
                if !path.ends_with("/*") {
                    self.push(
                        Diagnostic::new(
                            Code::InvalidPath,
                            Place::Value(place.key("path")),
                            "the handler `admin` answers several paths below its own",
                        )
                        .help("end the path in `/*`, as in `/admin/*`"),
                    );
                }
                let token = self.reference(Target::Secret, token, place.key("token"));
                (vec![RawMethod::Get, RawMethod::Post], Handler::Admin { token: token? })
            }
            RawRoute::Health { .. } => (vec![RawMethod::Get], Handler::Health),
        })
    }

    /// The runtime has one relay, one proxy and one way to operate it.
    fn one_of_each(&mut self) {
        let raw = self.raw;
        let kind = |route: &RawRoute| match route {
            RawRoute::Relay { .. } => Some("relay"),
            RawRoute::Llm { .. } => Some("llm"),
            RawRoute::Admin { .. } => Some("admin"),
            RawRoute::Health { .. } => None,
        };
        let handlers: Vec<_> = raw
            .routes
            .iter()
            .enumerate()
            .filter_map(|(index, route)| Some((index, kind(route.as_ref()?)?)))
            .collect();
        for (position, (index, handler)) in handlers.iter().enumerate() {
            if let Some((first, _)) = handlers[..position].iter().find(|(_, it)| it == handler) {
                let place =
                    |index: usize| Place::Value(SpecPath::from(["routes"]).index(index).key("handler"));
                self.push(
                    Diagnostic::new(
                        Code::DuplicateRoute,
                        place(*index),
                        format!("a worker has one route to the handler `{handler}`"),
                    )
                    .related(place(*first), "the first is here")
                    .help("remove one of them"),
                );
            }
        }
    }
}
