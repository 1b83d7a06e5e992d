//! Lines of text: Chinese breaks between any two characters, a Latin word or a number stays whole where it
//! fits on a line, and no line begins with a closing mark.

/// Marks that do not begin a line: they hang over its end.
const CLOSING: &str = "，。、；：？！）》」』】〉”’％,.;:?!)]}%";

/// Cuts a text into lines no wider than `width`.
pub(super) fn wrap(text: &str, width: f32, measure: &dyn Fn(char) -> f32) -> Vec<String> {
    let mut lines = Vec::new();
    let (mut line, mut used) = (String::new(), 0.0_f32);
    for word in words(text) {
        let wide: f32 = word.chars().map(measure).sum();
        let hangs = word.chars().all(|c| CLOSING.contains(c)) && !line.is_empty();
        if used + wide <= width || hangs {
            line.push_str(word);
            used += wide;
            continue;
        }
        if wide <= width {
            lines.push(std::mem::take(&mut line));
            word.trim_start().clone_into(&mut line);
            used = line.chars().map(measure).sum();
            continue;
        }
        // A word that fits on no line is cut where the line ends.
        for c in word.chars() {
            let wide = measure(c);
            if used + wide > width && !line.is_empty() {
                lines.push(std::mem::take(&mut line));
                used = 0.0;
            }
            line.push(c);
            used += wide;
        }
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

/// What is not to be parted.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let joins = |c: char| c.is_ascii_graphic() && !CLOSING.contains(c);
        let end =
            if joins(first) { rest.find(|c| !joins(c)).unwrap_or(rest.len()) } else { first.len_utf8() };
        let (word, left) = rest.split_at(end);
        rest = left;
        Some(word)
    })
}

#[cfg(test)]
mod specs {
    use super::*;

    /// A Chinese character is two wide, all others one.
    fn lines(text: &str, width: f32) -> Vec<String> {
        wrap(text, width, &|c| if c.is_ascii() { 1.0 } else { 2.0 })
    }

    #[test]
    fn chinese_breaks_anywhere_and_a_closing_mark_hangs_over_the_end() {
        assert_eq!(lines("现予通报请整改", 8.0), ["现予通报", "请整改"]);
        assert_eq!(lines("现予通报，请整改。", 8.0), ["现予通报，", "请整改。"]);
    }

    #[test]
    fn a_number_stays_whole_where_it_fits_and_is_cut_where_it_does_not() {
        assert_eq!(lines("工单 DB-2026 号", 9.0), ["工单 ", "DB-2026 ", "号"]);
        assert_eq!(lines("ABCDEFGHIJKL", 5.0), ["ABCDE", "FGHIJ", "KL"]);
        assert_eq!(lines("", 5.0), [""]);
    }
}
