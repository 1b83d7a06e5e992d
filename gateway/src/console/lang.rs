//! Chinese first, complete English. Both texts stand side by side where they are used.

/// The language of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lang {
    /// 中文
    #[default]
    Zh,
    /// English
    En,
}

impl Lang {
    /// The text in this language.
    pub fn t<'a>(self, zh: &'a str, en: &'a str) -> &'a str {
        match self {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }

    /// The text in this language, where `{}` stands for a number or a name.
    pub fn f(self, zh: &str, en: &str, what: impl std::fmt::Display) -> String {
        self.t(zh, en).replacen("{}", &what.to_string(), 1)
    }

    /// For the `lang` attribute.
    pub fn tag(self) -> &'static str {
        self.t("zh-CN", "en")
    }

    /// For the query and the cookie.
    pub fn as_str(self) -> &'static str {
        self.t("zh", "en")
    }

    /// The other one.
    pub fn other(self) -> Lang {
        match self {
            Lang::Zh => Lang::En,
            Lang::En => Lang::Zh,
        }
    }

    /// Reads the word of [`Lang::as_str`].
    pub fn parse(word: &str) -> Option<Lang> {
        match word {
            "zh" => Some(Lang::Zh),
            "en" => Some(Lang::En),
            _ => None,
        }
    }

    /// What the browser prefers; Chinese where it says nothing we speak.
    pub fn accepted(header: &str) -> Lang {
        let preferred = header.split(',').find_map(|range| {
            let tag = range.split([';', '-']).next().unwrap_or_default().trim();
            Lang::parse(&tag.to_ascii_lowercase())
        });
        preferred.unwrap_or_default()
    }
}

#[cfg(test)]
mod specs {
    use super::*;

    #[test]
    fn the_browsers_first_language_that_we_speak_counts() {
        assert_eq!(Lang::accepted("zh-CN,zh;q=0.9,en;q=0.8"), Lang::Zh);
        assert_eq!(Lang::accepted("en-GB,en;q=0.9,zh;q=0.1"), Lang::En);
        assert_eq!(Lang::accepted("fr-FR, en;q=0.5"), Lang::En);
        assert_eq!(Lang::accepted("*"), Lang::Zh);
    }
}
