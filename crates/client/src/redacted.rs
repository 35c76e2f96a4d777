//! Debug output of what holds texts or keys: the type's name, so that no log can show more.

macro_rules! redacted {
    ($($name:ty),+ $(,)?) => {
        $(impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), " { .. }"))
            }
        })+
    };
}

pub(crate) use redacted;

#[cfg(test)]
mod tests {
    struct Secret(#[expect(dead_code, reason = "what must not be shown")] &'static str);

    redacted!(Secret);

    #[test]
    fn nothing_is_shown_but_the_name() {
        assert_eq!(format!("{:?}", Secret("marmalade")), "Secret { .. }");
    }
}
