//! Numbers that Cloudflare wants and nobody wants to choose.
//!
//! Owns the choice of a rate limit's namespace. Whoever names the same number anywhere in the account shares its
//! counters, so it comes from the worker's name and the place in the spec; once chosen, it stays, and it is never given
//! to anything else. Pure.

use indexmap::IndexMap;
use sha2::{Digest, Sha256};

use crate::{
    model::{Deployment, Spec, bindings::BindingKind, name::BindingName},
    path::SpecPath,
};

/// Where a binding of an environment stands in the spec, which names what is allocated for it.
pub fn place(deployment: &Deployment<'_>, binding: &BindingName) -> String {
    let path = match deployment.environment {
        None => SpecPath::root(),
        Some(environment) => SpecPath::from(["env", environment.as_str()]),
    };
    path.key("bindings").key(binding.as_str()).to_string()
}

/// The namespaces of all rate limits by place: those of `before`, also of what is gone, and new ones.
pub fn rate_limits(spec: &Spec, before: &IndexMap<String, u32>) -> IndexMap<String, u32> {
    let mut namespaces = before.clone();
    for deployment in spec.deployments() {
        for binding in deployment.bindings {
            let place = place(&deployment, &binding.name);
            if matches!(binding.kind, BindingKind::RateLimit(_)) && !namespaces.contains_key(&place) {
                let seed = format!("{} {place}", spec.worker.name);
                namespaces.insert(place, namespace(&seed, &namespaces));
            }
        }
    }
    namespaces
}

/// A positive number of 31 bits that is not taken.
fn namespace(seed: &str, taken: &IndexMap<String, u32>) -> u32 {
    let digest = Sha256::digest(seed.as_bytes());
    let mut number = digest.iter().take(4).fold(0u32, |number, byte| (number << 8) | u32::from(*byte)) >> 1;
    while number == 0 || taken.values().any(|it| *it == number) {
        number = (number + 1) % (1 << 31);
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_is_taken_is_not_given_again() {
        let first = namespace("app bindings.CALLS", &IndexMap::new());
        let taken = [("env.x.bindings.CALLS".to_owned(), first)].into_iter().collect();
        assert_eq!(namespace("app bindings.CALLS", &taken), first + 1);
    }

    #[test]
    fn two_workers_of_one_account_get_different_numbers() {
        let none = IndexMap::new();
        assert_ne!(namespace("app bindings.CALLS", &none), namespace("other bindings.CALLS", &none));
    }
}
