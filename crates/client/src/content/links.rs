//! Addresses in texts: finding them, and telling whether a link says where it leads.

use linkify::{LinkFinder, LinkKind};

/// Longest address that is made a link, in bytes.
const ADDRESS_MAX: usize = 2_048;

/// A piece of a text.
pub(super) struct Piece<'t> {
    pub text: &'t str,
    /// The address that it is, ready to be opened.
    pub link: Option<String>,
}

/// Cuts a text into addresses and what is between them.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    // Most texts have none, and looking for all the places where one could begin is dear.
    if !text.contains(['/', '@', '.']) {
        return vec![Piece { text, link: None }];
    }
    let mut finder = LinkFinder::new();
    finder.url_must_have_scheme(false);
    finder
        .spans(text)
        .map(|span| Piece { text: span.as_str(), link: span.kind().and_then(|kind| address(span.as_str(), kind)) })
        .collect()
}

/// The address that a found text means; nothing if it is only something like `file.txt`.
fn address(text: &str, kind: &LinkKind) -> Option<String> {
    let address = match kind {
        LinkKind::Email => format!("mailto:{text}"),
        _ if text.contains("://") => text.to_owned(),
        _ if starts_with(text, "www.") => format!("https://{text}"),
        _ => return None,
    };
    allowed(&address).then_some(address)
}

fn starts_with(text: &str, beginning: &str) -> bool {
    text.get(..beginning.len()).is_some_and(|start| start.eq_ignore_ascii_case(beginning))
}

/// Whether an address may be a link: http, https or mailto, and one that every reader reads the same.
pub(super) fn allowed(address: &str) -> bool {
    let odd = |c: char| c.is_whitespace() || c.is_control() || c == '\\' || super::kind::is_bidi_control(c);
    if address.len() > ADDRESS_MAX || address.contains(odd) {
        return false;
    }
    if starts_with(address, "mailto:") {
        return address.contains('@');
    }
    let web = starts_with(address, "http://") || starts_with(address, "https://");
    // A name before the host is there to make it look like another.
    web && !host(address).is_empty() && !authority(address).contains('@')
}

fn authority(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}

/// The host of an address, without `www.`.
fn host(address: &str) -> String {
    let authority = authority(address);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = host.split(':').next().unwrap_or_default().to_lowercase();
    host.strip_prefix("www.").map_or(host.clone(), str::to_owned)
}

/// Whether a link's text looks like an address of another host than the link's.
pub(super) fn misleads(text: &str, address: &str) -> bool {
    // Characters that look like a dot.
    let text: String = text
        .chars()
        .map(|c| if matches!(c, '\u{2024}' | '\u{3002}' | '\u{FF0E}' | '\u{FF61}') { '.' } else { c })
        .collect();
    let (real, mail) = (host(address), starts_with(address, "mailto:"));
    let mut finder = LinkFinder::new();
    finder.url_must_have_scheme(false);
    let found = |link: linkify::Link<'_>| match link.kind() {
        LinkKind::Email => !mail || !address.to_lowercase().contains(&link.as_str().to_lowercase()),
        _ => mail || host(link.as_str()) != real,
    };
    finder.links(&text).any(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_and_file_names_are_none() {
        let found = |text| pieces(text).into_iter().filter_map(|piece| piece.link).collect::<Vec<_>>();
        assert_eq!(
            found("see https://a.example/x_y, or www.b.example."),
            ["https://a.example/x_y", "https://www.b.example"]
        );
        assert_eq!(found("write to me@c.example"), ["mailto:me@c.example"]);
        assert!(found("open main.rs or ftp://d.example or e.g. this").is_empty());
    }

    #[test]
    fn only_what_everyone_reads_the_same_is_a_link() {
        assert!(allowed("https://a.example/") && allowed("HTTP://a.example") && allowed("mailto:a@b.example"));
        for other in [
            "javascript:alert(1)",
            "data:text/html,x",
            "https://bank.example@evil.example/",
            "https://good.example\\@evil.example",
            "https:///x",
            "https://a b",
            "//a.example",
            "file:///etc/passwd",
        ] {
            assert!(!allowed(other), "{other}");
        }
    }

    #[test]
    fn a_text_that_names_another_host_misleads() {
        assert!(misleads("https://bank.example/login", "https://evil.example/"));
        assert!(misleads("bank.example", "https://evil.example/bank.example"));
        assert!(misleads("bank\u{2024}com", "https://evil.example"));
        assert!(misleads("me@bank.example", "https://evil.example"));
        assert!(!misleads("www.bank.example", "https://bank.example/login"));
        assert!(!misleads("the bank", "https://evil.example"));
    }
}
