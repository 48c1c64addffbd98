//! Whose calls are counted together.
//!
//! Owns the name of a user. It must not know what is counted.

use std::fmt;
use std::net::Ipv6Addr;

/// A user, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum User {
    /// The subject of a good token.
    Subject(String),
    /// Whoever is at this address; of IPv6 all who share the first 64 bits, of which one connection has all the rest.
    Address(String),
    /// Nobody can tell.
    Anonymous,
}

impl User {
    /// By the subject of a good token, or else by the address that the platform saw.
    pub fn new(subject: Option<&str>, address: Option<&str>) -> Self {
        match (subject, address) {
            (Some(subject), _) => Self::Subject(subject.to_owned()),
            (None, Some(address)) => Self::Address(network(address)),
            (None, None) => Self::Anonymous,
        }
    }
}

/// A name that no other user has.
impl fmt::Display for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Subject(subject) => write!(f, "subject:{subject}"),
            Self::Address(address) => write!(f, "address:{address}"),
            Self::Anonymous => f.write_str("anonymous"),
        }
    }
}

fn network(address: &str) -> String {
    let Ok(address) = address.parse::<Ipv6Addr>() else { return address.to_owned() };
    let [a, b, c, d, ..] = address.segments();
    format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(subject: Option<&str>, address: Option<&str>) -> String {
        User::new(subject, address).to_string()
    }

    #[test]
    fn a_subject_counts_before_the_address() {
        assert_eq!(name(Some("ada"), Some("192.0.2.7")), "subject:ada");
        assert_eq!(name(None, Some("192.0.2.7")), "address:192.0.2.7");
        assert_eq!(name(None, None), "anonymous");
    }

    #[test]
    fn no_subject_can_take_an_addresss_name() {
        assert_ne!(name(Some("address:192.0.2.7"), None), name(None, Some("192.0.2.7")));
        assert_ne!(name(Some("anonymous"), None), name(None, None));
    }

    #[test]
    fn addresses_of_one_network_are_one_user() {
        let name = |address| name(None, Some(address));
        assert_eq!(name("2001:db8:1:2:3:4:5:6"), "address:2001:db8:1:2::/64");
        assert_eq!(name("2001:db8:1:2::9"), name("2001:db8:1:2:3:4:5:6"));
        assert_ne!(name("2001:db8:1:3::9"), name("2001:db8:1:2::9"));
    }
}
