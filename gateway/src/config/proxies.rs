//! Whose word about a client's address is taken.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Deserializer, de::Error};

/// The proxies that stand in front of us.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proxies(Vec<IpNet>);

impl Proxies {
    /// Whether this address is one of them.
    pub fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|net| net.contains(&address))
    }

    /// The client behind a connection: what the proxies say, read from the nearest on, up to the first
    /// that is not ours. Anybody can write the header; only what ours have added to it counts.
    pub fn client<'a>(&self, socket: IpAddr, forwarded: impl DoubleEndedIterator<Item = &'a str>) -> IpAddr {
        let mut client = socket.to_canonical();
        for hop in forwarded.rev() {
            if !self.trusts(client) {
                break;
            }
            let Ok(before) = hop.trim().parse::<IpAddr>() else { break };
            client = before.to_canonical();
        }
        client
    }
}

impl<'de> Deserialize<'de> for Proxies {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        let net = |text: &String| {
            let one = text.parse::<IpAddr>().map(IpNet::from);
            one.or_else(|_| text.parse::<IpNet>())
                .map_err(|_| D::Error::custom(format!("{text} is neither an address nor a network")))
        };
        texts.iter().map(net).collect::<Result<_, _>>().map(Self)
    }
}

#[cfg(test)]
mod specs {
    use super::*;

    fn proxies(nets: &[&str]) -> Proxies {
        Proxies(nets.iter().map(|net| net.parse().unwrap()).collect())
    }

    fn client(ours: &[&str], socket: &str, header: &str) -> String {
        let hops: Vec<&str> = if header.is_empty() { Vec::new() } else { header.split(',').collect() };
        proxies(ours).client(socket.parse().unwrap(), hops.into_iter()).to_string()
    }

    #[test]
    fn without_trusted_proxies_nobody_is_believed() {
        assert_eq!(client(&[], "10.0.0.7", "203.0.113.9"), "10.0.0.7");
    }

    #[test]
    fn a_trusted_proxy_names_the_client() {
        assert_eq!(client(&["10.0.0.0/8"], "10.0.0.7", "203.0.113.9"), "203.0.113.9");
        assert_eq!(client(&["10.0.0.0/8"], "10.0.0.7", ""), "10.0.0.7");
    }

    #[test]
    fn what_a_client_wrote_into_the_header_itself_does_not_count() {
        assert_eq!(client(&["10.0.0.0/8"], "10.0.0.7", "198.51.100.1, 203.0.113.9"), "203.0.113.9");
        assert_eq!(client(&["10.0.0.0/8"], "10.0.0.7", "198.51.100.1, 203.0.113.9, 10.0.0.8"), "203.0.113.9");
        assert_eq!(client(&["10.0.0.0/8"], "203.0.113.9", "10.0.0.7"), "203.0.113.9");
    }

    #[test]
    fn an_address_in_the_longer_form_is_the_same_address() {
        assert_eq!(client(&["10.0.0.0/8"], "::ffff:10.0.0.7", "203.0.113.9"), "203.0.113.9");
    }
}
