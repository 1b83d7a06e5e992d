//! An official page laid out on A4, after GB/T 9704: red head, number, title, addressee, body, what it is
//! about, seal and date, copies.

use super::Official;
use super::fonts::Fonts;
use super::wrap::wrap;

/// A4, in points.
pub(super) const PAGE: (f32, f32) = (595.28, 841.89);
const LEFT: f32 = 79.4;
const RIGHT: f32 = 595.28 - 73.7;
const TOP: f32 = 104.9;
const BOTTOM: f32 = 841.89 - 85.0;
const BODY: f32 = 14.0;
const SMALL: f32 = 9.0;
const LEADING: f32 = 1.75;

/// Black or red.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    Black,
    Grey,
    Red,
}

/// Something on a page.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Mark {
    /// Text with its left end on a base line.
    Text { x: f32, y: f32, size: f32, ink: Ink, heavy: bool, text: String },
    /// A line from left to right.
    Rule { y: f32, from: f32, to: f32, thick: f32, ink: Ink },
    /// A frame that is to be filled by hand.
    Frame { x: f32, y: f32, wide: f32, high: f32 },
}

/// Pages under way.
pub(super) struct Pages<'f> {
    fonts: &'f Fonts,
    pages: Vec<Vec<Mark>>,
    y: f32,
}

impl<'f> Pages<'f> {
    /// Lays the page out.
    pub fn of(page: &Official, fonts: &'f Fonts) -> Vec<Vec<Mark>> {
        let mut pages = Pages { fonts, pages: vec![Vec::new()], y: TOP };
        pages.head(page);
        if !page.to.is_empty() {
            pages.paragraph(&format!("{}：", page.to.join("、")), 0.0);
        }
        page.body.iter().for_each(|text| pages.paragraph(text, BODY * 2.0));
        pages.fields(page);
        pages.seal(page);
        pages.copies(page);
        let count = pages.pages.len();
        for (index, marks) in pages.pages.iter_mut().enumerate() {
            let text = format!("— {} / {count} —", index + 1);
            let wide: f32 = text.chars().map(|c| fonts.glyph(c).2 * SMALL).sum();
            let x = (LEFT + RIGHT - wide) / 2.0;
            marks.push(Mark::Text { x, y: BOTTOM + 40.0, size: SMALL, ink: Ink::Grey, heavy: false, text });
        }
        pages.pages
    }

    fn wide(&self, text: &str, size: f32) -> f32 {
        text.chars().map(|c| self.fonts.glyph(c).2 * size).sum()
    }

    fn lines(&self, text: &str, size: f32, width: f32) -> Vec<String> {
        wrap(text, width, &|c| self.fonts.glyph(c).2 * size)
    }

    fn mark(&mut self, mark: Mark) {
        if let Some(page) = self.pages.last_mut() {
            page.push(mark);
        }
    }

    /// Goes down by so much; on the next page where this one has no room for it.
    fn down(&mut self, by: f32) {
        if self.y + by > BOTTOM {
            self.pages.push(Vec::new());
            self.y = TOP - 20.0;
        }
        self.y += by;
    }

    fn centred(&mut self, text: &str, size: f32, ink: Ink, heavy: bool) {
        for line in self.lines(text, size, RIGHT - LEFT) {
            self.down(size * 1.5);
            let x = (LEFT + RIGHT - self.wide(&line, size)) / 2.0;
            self.mark(Mark::Text { x, y: self.y, size, ink, heavy, text: line });
        }
    }

    fn head(&mut self, page: &Official) {
        // A long name is set smaller, so that it keeps to one line as long as it can be read.
        let size = (RIGHT - LEFT) / self.wide(&page.issuer, 1.0).max(1.0);
        self.centred(&page.issuer, size.clamp(18.0, 34.0), Ink::Red, true);
        self.down(6.0);
        if !page.number.is_empty() {
            self.centred(&format!("文号 No. {}", page.number), 11.0, Ink::Black, false);
        }
        self.down(12.0);
        self.mark(Mark::Rule { y: self.y, from: LEFT, to: RIGHT, thick: 2.0, ink: Ink::Red });
        self.down(16.0);
        self.centred(&page.title.0, 22.0, Ink::Black, true);
        self.centred(page.title.1, 10.0, Ink::Grey, false);
        if let Some((zh, en)) = page.stamp {
            self.centred(&format!("【{zh} {en}】"), 12.0, Ink::Red, true);
        }
        self.down(10.0);
    }

    /// Its first line begins further in.
    fn paragraph(&mut self, text: &str, indent: f32) {
        let blank = "　".repeat(if indent > 0.0 { 2 } else { 0 });
        for line in self.lines(&format!("{blank}{text}"), BODY, RIGHT - LEFT) {
            self.down(BODY * LEADING);
            self.mark(Mark::Text {
                x: LEFT,
                y: self.y,
                size: BODY,
                ink: Ink::Black,
                heavy: false,
                text: line,
            });
        }
    }

    fn fields(&mut self, page: &Official) {
        const LABEL: f32 = 118.0;
        self.down(14.0);
        for (zh, en, value) in &page.fields {
            let lines = self.lines(value, 11.0, RIGHT - LEFT - LABEL);
            for (index, line) in lines.into_iter().enumerate() {
                self.down(19.0);
                let y = self.y;
                if index == 0 {
                    let rule = y - 14.0;
                    self.mark(Mark::Rule { y: rule, from: LEFT, to: RIGHT, thick: 0.4, ink: Ink::Grey });
                    let x = LEFT + self.wide(zh, 11.0) + 4.0;
                    self.mark(Mark::Text {
                        x: LEFT,
                        y,
                        size: 11.0,
                        ink: Ink::Black,
                        heavy: false,
                        text: (*zh).to_owned(),
                    });
                    self.mark(Mark::Text {
                        x,
                        y,
                        size: 8.0,
                        ink: Ink::Grey,
                        heavy: false,
                        text: (*en).to_owned(),
                    });
                }
                self.mark(Mark::Text {
                    x: LEFT + LABEL,
                    y,
                    size: 11.0,
                    ink: Ink::Black,
                    heavy: false,
                    text: line,
                });
            }
        }
    }

    fn seal(&mut self, page: &Official) {
        const SIDE: f32 = 92.0;
        // The seal, who seals and the date stay together.
        if self.y + 20.0 + SIDE > BOTTOM {
            self.down(BOTTOM);
        }
        let top = self.y + 20.0;
        let x = RIGHT - SIDE - 40.0;
        self.mark(Mark::Frame { x, y: top, wide: SIDE, high: SIDE });
        let centre = x + SIDE / 2.0;
        for (text, y, size, ink) in [
            ("（印章） Seal", top + 14.0, 8.0, Ink::Grey),
            (page.issuer.as_str(), top + 50.0, 11.0, Ink::Black),
            (page.date.as_str(), top + 72.0, 11.0, Ink::Black),
        ] {
            let wide = self.wide(text, size);
            let x = (centre - wide / 2.0).min(RIGHT - wide).max(LEFT);
            self.mark(Mark::Text { x, y, size, ink, heavy: false, text: text.to_owned() });
        }
        self.y = top + SIDE;
    }

    fn copies(&mut self, page: &Official) {
        self.down(16.0);
        self.mark(Mark::Rule { y: self.y, from: LEFT, to: RIGHT, thick: 0.8, ink: Ink::Black });
        let copied = (!page.copied.is_empty()).then(|| format!("抄送 Copy to：{}", page.copied.join("、")));
        let printed = format!("印制 Printed：{}", page.printed);
        for text in copied.into_iter().chain([printed]) {
            for line in self.lines(&text, SMALL, RIGHT - LEFT) {
                self.down(SMALL * 1.6);
                self.mark(Mark::Text {
                    x: LEFT,
                    y: self.y,
                    size: SMALL,
                    ink: Ink::Black,
                    heavy: false,
                    text: line,
                });
            }
        }
    }
}
