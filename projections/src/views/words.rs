//! What a case can be found by: the words of its redacted title.
//!
//! Chinese is written without spaces, so every two neighbouring characters are a word (a bigram), and
//! the last of a run is one by itself. Letters and digits are words as they stand, found by how they
//! begin. Everything is compared in compatibility form (NFKC) and lower case: full-width and
//! half-width, capitals and small letters are the same.

use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization;

use super::case_row::CaseRow;

/// Most characters of a question that are looked at.
const ASKED_MAX: usize = 60;
/// Begins a word that stands for a path. No title has it: it is punctuation there.
const PATH_MARK: char = '·';

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Letter,
    Digit,
    /// Of a script without spaces, or a symbol such as an emoji.
    Sign,
    Break,
}

fn kind(c: char) -> Kind {
    match c {
        '\u{3000}'..='\u{303F}' | '\u{FE00}'..='\u{FE0F}' | '\u{E0000}'..='\u{E0FFF}' => Kind::Break,
        _ if c.is_control() || c.is_whitespace() => Kind::Break,
        _ if c < '\u{2E80}' && c.is_numeric() => Kind::Digit,
        _ if c < '\u{2E80}' && c.is_alphanumeric() => Kind::Letter,
        _ if c < '\u{2190}' => Kind::Break,
        _ => Kind::Sign,
    }
}

/// The text as it is compared: its pieces, each without blanks and punctuation.
fn pieces(text: &str) -> Vec<String> {
    let folded = text.nfkc().flat_map(char::to_lowercase).nfkc();
    let mut pieces = vec![String::new()];
    for c in folded {
        match (kind(c), pieces.last_mut()) {
            (Kind::Break, Some(last)) if !last.is_empty() => pieces.push(String::new()),
            (Kind::Break, _) | (_, None) => {}
            (_, Some(last)) => last.push(c),
        }
    }
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

/// Runs of one kind of character within a piece.
fn runs(piece: &str) -> impl Iterator<Item = (Kind, &str)> {
    let mut rest = piece;
    std::iter::from_fn(move || {
        let first = kind(rest.chars().next()?);
        let end = rest.char_indices().find(|(_, c)| kind(*c) != first).map_or(rest.len(), |(at, _)| at);
        let (run, after) = rest.split_at(end);
        rest = after;
        Some((first, run))
    })
}

/// Every two neighbours of a run; none where it is a single character.
fn bigrams(run: &str) -> impl Iterator<Item = &str> {
    let starts = run.char_indices().map(|(at, _)| at);
    let ends = run.char_indices().map(|(at, c)| at + c.len_utf8()).skip(1);
    starts.zip(ends).filter_map(|(start, end)| run.get(start..end))
}

/// The words that a case is kept under, between blanks: of its title, and the paths that see it.
/// Empty for a case without title.
pub fn of(row: &CaseRow) -> String {
    let mut words = String::new();
    let mut add = |word: &str| {
        words.push_str(word);
        words.push(' ');
    };
    for piece in pieces(&row.title) {
        for (kind, run) in runs(&piece) {
            if kind == Kind::Sign {
                bigrams(run).for_each(&mut add);
                if let Some((at, _)) = run.char_indices().next_back() {
                    add(&run[at..]);
                }
            } else {
                add(run);
            }
        }
    }
    if words.is_empty() {
        return words;
    }
    for (at, _) in row.scope_path.match_indices('/').skip(1) {
        words.push_str(&path_word(&row.scope_path[..=at]));
        words.push(' ');
    }
    words
}

/// The words of a text by which two texts are compared: pairs of neighbours, and words as they stand.
pub fn pairs(text: &str) -> HashSet<String> {
    let mut found = HashSet::new();
    for piece in pieces(text) {
        for (kind, run) in runs(&piece) {
            let single = run.chars().nth(1).is_none();
            if kind == Kind::Sign && !single {
                found.extend(bigrams(run).map(ToOwned::to_owned));
            } else {
                found.insert(run.to_owned());
            }
        }
    }
    found
}

/// A path as one word. Two paths that give the same are told apart by the row itself.
pub fn path_word(path: &str) -> String {
    path.chars().map(|c| if c.is_alphanumeric() { c } else { PATH_MARK }).collect()
}

/// What somebody looks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    pieces: Vec<String>,
}

impl Question {
    /// Reads a question. None where it says too little: two characters at least, or one of those
    /// that are rare by themselves, such as 𠮷 and emoji.
    pub fn read(asked: &str) -> Option<Self> {
        let pieces = pieces(&asked.chars().take(ASKED_MAX).collect::<String>());
        let chars = || pieces.iter().flat_map(|piece| piece.chars());
        let says_enough = chars().count() > 1 || chars().any(|c| c > '\u{FFFF}');
        says_enough.then_some(Self { pieces })
    }

    /// The words that a case must have, as a query of the index. Only letters, digits and signs are
    /// within the quotes, so that nothing in it has a meaning of its own.
    pub fn query(&self) -> String {
        let mut terms: Vec<String> = Vec::new();
        for (kind, run) in self.pieces.iter().flat_map(|piece| runs(piece)) {
            let single = run.chars().nth(1).is_none();
            if kind == Kind::Sign && !single {
                terms.extend(bigrams(run).map(|word| format!("\"{word}\"")));
            } else {
                terms.push(format!("\"{run}\"*"));
            }
        }
        terms.sort_unstable();
        terms.dedup();
        terms.join(" AND ")
    }

    /// Whether the title holds every piece as it was asked: the index alone knows no order.
    pub fn fits(&self, title: &str) -> bool {
        let title = pieces(title);
        self.pieces.iter().all(|piece| title.iter().any(|part| part.contains(piece.as_str())))
    }
}

#[cfg(test)]
mod specs {
    use super::*;

    fn words(title: &str) -> Vec<String> {
        let row = CaseRow { title: title.into(), ..CaseRow::default() };
        of(&row).split_whitespace().map(ToOwned::to_owned).collect()
    }

    fn fits(asked: &str, title: &str) -> bool {
        Question::read(asked).is_some_and(|asked| asked.fits(title))
    }

    #[test]
    fn a_title_is_kept_under_every_two_neighbours_and_every_word() {
        assert_eq!(words("路灯不亮"), ["路灯", "灯不", "不亮", "亮"]);
        assert_eq!(words("ＬＥＤ路灯，3栋"), ["led", "路灯", "灯", "3", "栋"]);
        assert_eq!(words("𠮷祥里🚲"), ["𠮷祥", "祥里", "里🚲", "🚲"]);
        assert_eq!(words("  …！"), [""; 0]);
    }

    #[test]
    fn the_paths_above_a_case_are_words_of_it() {
        let row = CaseRow { title: "路灯".into(), scope_path: "/32/S-1/".into(), ..CaseRow::default() };
        assert_eq!(of(&row), "路灯 灯 ·32· ·32·S·1· ");
    }

    #[test]
    fn width_and_case_make_no_difference() {
        for (asked, title) in [("led", "ＬＥＤ灯"), ("ＬＥＤ灯", "led灯"), ("Ⅲ期", "iii期"), ("㎡", "12m2")]
        {
            assert!(fits(asked, title), "{asked} in {title}");
        }
        assert!(!fits("灯路", "路灯"));
        assert!(fits("路灯 三栋", "三栋门口路灯不亮"));
    }

    #[test]
    fn one_character_says_too_little_unless_it_is_rare() {
        assert_eq!(Question::read("灯"), None);
        assert_eq!(Question::read(" ！ "), None);
        assert!(Question::read("𠮷").is_some() && Question::read("🚲").is_some());
    }

    #[test]
    fn nothing_that_is_typed_is_a_command_of_the_index() {
        for asked in ["路灯\" OR \"a", "NEAR(a b)", "words:路灯*", "-- ; DROP", "^路灯", "\0路灯", "'路灯'"]
        {
            let query = Question::read(asked).expect("a question").query();
            for term in query.split(" AND ") {
                let word =
                    term.trim_end_matches('*').strip_prefix('"').and_then(|word| word.strip_suffix('"'));
                assert!(word.is_some_and(|word| word.chars().all(char::is_alphanumeric)), "{query}");
            }
        }
    }
}
