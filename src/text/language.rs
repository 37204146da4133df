//! Which language a text is in: a vote of the commonest words, enough to tell whether a judge is
//! trusted with it. Where the vote is not clear, nobody abstains.

use super::vocabulary::words;
use crate::domain::Language;

/// Votes a language needs.
const VOTES: usize = 3;

/// Percent of the letters that must be of another script.
const OTHER_SCRIPT: usize = 60;

use Language::{Da, De, En, Es, Fr, It, Nl, Pl, Pt, Sv};

/// The commonest words of each; a word of several languages votes for all of them.
const COMMON: [(Language, &str); 10] = [
    (
        En,
        " the and is are was have has not it this that you we they for with on of to from but be been can will what when my our your again still there at by an please ",
    ),
    (
        De,
        " der die das und ist sind war haben hat nicht es ich wir sie für mit auf von zu aber auch wenn noch immer kann wird was ein eine einen seit bei uns bitte mehr wie im dem den ",
    ),
    (
        Fr,
        " le la les et est sont ne pas il je nous vous pour avec sur de du des mais encore toujours peut que qui un une depuis chez plus ce cette au dans ça être très ",
    ),
    (
        Es,
        " el la los las y es son no lo yo nosotros para con en de del pero todavía siempre puede que un una desde más este esta al por está muy se hay ",
    ),
    (
        It,
        " il la lo gli le e è sono non io noi per con su di del della ma ancora sempre può che un una da più questo questa al nel molto si abbiamo ",
    ),
    (
        Nl,
        " de het een en is zijn was hebben heeft niet ik wij we voor met op van te maar ook nog steeds kan wordt wat sinds bij ons meer als dat er deze naar al ",
    ),
    (
        Pt,
        " o a os as e é são não eu nós para com em de do da mas ainda sempre pode que um uma desde mais este esta ao no na muito está já ",
    ),
    (
        Pl,
        " i w na z nie się jest są do to że jak ale jeszcze od po nam mnie dla już tak co przez ten ta czy mamy proszę może bardzo ",
    ),
    (
        Sv,
        " och är det att en ett inte vi jag för med på av till men också fortfarande kan som har den de vad sedan hos oss mer från när mycket ",
    ),
    (
        Da,
        " og er det at en et ikke vi jeg for med på af til men også stadig kan som har den de hvad siden hos os mere fra når meget ",
    ),
];

/// What the vote came to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Vote {
    For(Language),
    /// None of them, by its letters.
    Other,
    Unclear,
}

impl Vote {
    /// The word for a trace.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Other => "another language",
            Self::Unclear => "unclear",
            Self::For(language) => language.code(),
        }
    }

    /// The language, if it is one of them.
    pub(super) fn known(self) -> Option<Language> {
        if let Self::For(language) = self { Some(language) } else { None }
    }

    /// Whether it is clearly not English.
    pub(super) fn is_foreign(self) -> bool {
        !matches!(self, Self::Unclear | Self::For(En))
    }
}

/// The language of `text`, if enough of its common words say so and no other comes near.
pub(super) fn vote(text: &str) -> Vote {
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let other = text.chars().filter(|c| c.is_alphabetic() && !matches!(c, 'A'..='z' | '\u{c0}'..='\u{24f}')).count();
    if letters > 0 && other * 100 >= letters * OTHER_SCRIPT {
        return Vote::Other;
    }
    let mut votes = COMMON.map(|(language, _)| (0, language));
    for word in words(text) {
        let word = format!(" {} ", word.to_lowercase());
        for (vote, (_, common)) in votes.iter_mut().zip(COMMON) {
            vote.0 += usize::from(common.contains(&word));
        }
    }
    votes.sort_unstable_by(|a, b| b.cmp(a));
    let [(most, language), (second, _), ..] = votes;
    if most >= VOTES && most * 2 >= second * 3 { Vote::For(language) } else { Vote::Unclear }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_languages_are_told_apart() {
        for (language, text) in [
            (En, "The printer on the second floor is still not working and we need it today."),
            (De, "Der Drucker im zweiten Stock ist immer noch kaputt und wir brauchen ihn heute."),
            (Fr, "L'imprimante du deuxième étage ne marche toujours pas et nous sommes très déçus."),
            (Es, "La impresora del segundo piso todavía no funciona y es muy urgente para nosotros."),
            (It, "La stampante del secondo piano non funziona ancora e noi non possiamo più lavorare."),
            (Nl, "De printer op de tweede verdieping werkt nog steeds niet en wij hebben het nodig."),
            (Pt, "A impressora do segundo andar ainda não funciona e não podemos trabalhar, é muito urgente."),
            (Pl, "Drukarka na drugim piętrze nadal nie działa i nie możemy pracować, to jest już trzeci raz."),
            (Sv, "Skrivaren på andra våningen fungerar fortfarande inte och vi kan inte jobba, det är bråttom."),
            (Da, "Printeren på anden sal virker stadig ikke, og vi kan ikke arbejde, det er ikke i orden."),
        ] {
            assert_eq!(vote(text), Vote::For(language), "{text}");
        }
    }

    #[test]
    fn a_short_or_mixed_text_is_unclear() {
        assert_eq!(vote("VPN kaputt!!!"), Vote::Unclear);
        assert_eq!(vote("Outlook 0x80040115"), Vote::Unclear);
        assert_eq!(vote(""), Vote::Unclear);
    }

    #[test]
    fn other_scripts_are_told() {
        assert_eq!(vote("なぜまだ直らないのですか"), Vote::Other);
        assert_eq!(vote("Принтер всё ещё не работает"), Vote::Other);
    }
}
