#!/bin/sh
# Part of the request script that makes remote text safe to print.

# Text from a node, its log or AWS must not control a terminal or GitHub's runner. Like sanitizeText of model/sanitize.ts, removes
# escape sequences, control characters and bidirectional controls, and puts a backslash into workflow commands. Works on bytes: in
# text that is not UTF-8, what surrounds a removed control may be one, and becomes a question mark. Loops would take too long.
controls=$(printf 's|\033\\[[0-?]*[ -/]*[@-~]||g
s|\302\233[0-?]*[ -/]*[@-~]||g
s|\033][^\007\033]*\007||g
s|\033][^\007\033]*\033\\\\||g
s|[\001-\010\013-\037\177]||g
s|\302[\200-\237]||g
s|\330\234||g
s|\342\200[\216\217\252-\256]||g
s|\342\201[\246-\251]||g
s|\302[\200-\237]|?|g
s|\330\234|?|g
s|\342\200[\216\217\252-\256]|?|g
s|\342\201[\246-\251]|?|g')
commands='s|^[^[:alnum:]]*:[^[:alnum:]]*:[[:alpha:]][[:alpha:]-]*\( .*\)\{0,1\}:[^[:alnum:]]*:|\\&|
s|#\([^ -~]*#[^ -~]*\[\)|#\\\1|g'
sanitize() { LC_ALL=C sed -e "$controls" -e "$commands"; }
