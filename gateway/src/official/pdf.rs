//! The official page as PDF, with what it uses of the machine's fonts embedded.

use krilla::Document;
use krilla::color::rgb;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::Metadata;
use krilla::page::PageSettings;
use krilla::paint::{Fill, Stroke};
use krilla::surface::Surface;
use krilla::text::TextDirection;

use super::Official;
use super::fonts::Fonts;
use super::layout::{Ink, Mark, PAGE, Pages};

/// Why there is no PDF.
#[derive(Debug, thiserror::Error)]
pub enum PdfError {
    /// The machine has no Chinese font.
    #[error("the machine has no Chinese font")]
    NoFont,
    /// It could not be written.
    #[error("the PDF could not be written: {0}")]
    Unwritten(String),
}

/// Makes the PDF.
///
/// # Errors
/// [`PdfError`]
pub fn make(page: &Official) -> Result<Vec<u8>, PdfError> {
    let fonts = Fonts::for_text(page.texts()).ok_or(PdfError::NoFont)?;
    let mut document = Document::new();
    let title = format!("{} {}", page.title.0, page.number);
    document.set_metadata(Metadata::new().title(title).language("zh-CN".to_owned()));
    let size = PageSettings::from_wh(PAGE.0, PAGE.1).ok_or_else(|| PdfError::Unwritten("no page".into()))?;
    for marks in Pages::of(page, &fonts) {
        let mut sheet = document.start_page_with(size.clone());
        let mut surface = sheet.surface();
        marks.iter().for_each(|mark| draw(&mut surface, mark, &fonts));
        surface.finish();
        sheet.finish();
    }
    document.finish().map_err(|error| PdfError::Unwritten(format!("{error:?}")))
}

fn color(ink: Ink) -> rgb::Color {
    match ink {
        Ink::Black => rgb::Color::new(0, 0, 0),
        Ink::Grey => rgb::Color::new(90, 90, 90),
        Ink::Red => rgb::Color::new(200, 16, 16),
    }
}

fn fill(ink: Ink) -> Fill {
    Fill { paint: color(ink).into(), ..Fill::default() }
}

fn draw(surface: &mut Surface<'_>, mark: &Mark, fonts: &Fonts) {
    match mark {
        Mark::Text { x, y, size, ink, heavy, text } => {
            surface.set_fill(Some(fill(*ink)));
            let line = Stroke { paint: color(*ink).into(), width: size / 36.0, ..Stroke::default() };
            surface.set_stroke(heavy.then_some(line));
            let mut x = *x;
            for (face, run, wide) in runs(text, fonts) {
                if let Some(font) = fonts.face(face) {
                    surface.draw_text(Point::from_xy(x, *y), font, *size, &run, false, TextDirection::Auto);
                }
                x += wide * size;
            }
        }
        Mark::Rule { y, from, to, thick, ink } => {
            surface.set_fill(Some(fill(*ink)));
            surface.set_stroke(None);
            let mut path = PathBuilder::new();
            if let Some(rule) = Rect::from_xywh(*from, *y, to - from, *thick) {
                path.push_rect(rule);
            }
            path.finish().iter().for_each(|path| surface.draw_path(path));
        }
        Mark::Frame { x, y, wide, high } => {
            surface.set_fill(None);
            surface.set_stroke(Some(Stroke {
                paint: rgb::Color::new(190, 190, 190).into(),
                width: 0.6,
                ..Stroke::default()
            }));
            let mut path = PathBuilder::new();
            if let Some(frame) = Rect::from_xywh(*x, *y, *wide, *high) {
                path.push_rect(frame);
            }
            path.finish().iter().for_each(|path| surface.draw_path(path));
        }
    }
}

/// Stretches of one face, with how wide each is at size one.
fn runs(text: &str, fonts: &Fonts) -> Vec<(usize, String, f32)> {
    let mut runs: Vec<(usize, String, f32)> = Vec::new();
    for c in text.chars().filter(|c| !c.is_control()) {
        let (face, shown, wide) = fonts.glyph(c);
        match runs.last_mut() {
            Some(last) if last.0 == face => {
                last.1.push(shown);
                last.2 += wide;
            }
            _ => runs.push((face, shown.to_string(), wide)),
        }
    }
    runs
}

impl Official {
    /// Every text on the page, and the marks that the layout adds.
    fn texts(&self) -> impl Iterator<Item = &str> {
        let fields = self.fields.iter().flat_map(|(zh, en, value)| [*zh, *en, value.as_str()]);
        let lists = self.to.iter().chain(&self.copied).chain(&self.body).map(String::as_str);
        let stamp = self.stamp.iter().flat_map(|(zh, en)| [*zh, *en]);
        let own =
            [self.issuer.as_str(), &self.number, &self.title.0, self.title.1, &self.date, &self.printed];
        let added = ["：、　【】（印章）文号抄送印制 No. Seal Printed Copy to — / □0123456789"];
        own.into_iter().chain(fields).chain(lists).chain(stamp).chain(added)
    }
}

#[cfg(test)]
mod specs {
    use super::*;

    #[test]
    fn a_page_with_long_names_rare_characters_and_markup_becomes_a_small_pdf() {
        let page = Official {
            issuer: "苏州市吴中区社会治理督查队".to_owned(),
            number: "DB-20261202-R1Y6G4XW".to_owned(),
            title: ("督办单".to_owned(), "Supervision order"),
            to: vec!["很长的名字".repeat(20)],
            body: vec!["𠮷林路<script>alert(1)</script>积水，现予督办。".repeat(60), "W".repeat(3_000)],
            fields: vec![("工单编号", "Case", "20261120-ZZZZ".to_owned())],
            date: "2026年12月2日".to_owned(),
            ..Official::default()
        };
        match make(&page) {
            Ok(bytes) => {
                assert!(bytes.starts_with(b"%PDF-"));
                assert!(bytes.len() < 400_000, "only what is used is embedded: {}", bytes.len());
            }
            // A machine without a Chinese font says so.
            Err(error) => assert!(matches!(error, PdfError::NoFont), "{error}"),
        }
    }
}
