/* --- The page ----------------------------------------------------------------------------- */

function element(tag, attributes, ...inside) {
    const e = document.createElement(tag);
    for (const [k, v] of Object.entries(attributes || {})) if (k.startsWith('on')) e[k] = v; else e.setAttribute(k, v);
    for (const i of inside) e.append(i);
    return e;
}
const context = () => data.contexts[Number($('context').value)];
const ROOT = 0;
const nodes = data.nodes.map(n => ({ kind: n[0], level: n[1], parent: n[2], root: n[3], first: n[4], last: n[5],
    in: BigInt(n[6]), end: BigInt(n[7]), name: n[8], text: n[9], rights: n[10], children: [] }));
nodes.forEach((n, i) => { n.index = i; if (n.kind !== ROOT) nodes[n.parent].children.push(n); });

/* The area of an address: that of the smallest run around it. */
function areaOf(c, va) {
    let best = null;
    for (const n of nodes)
        if (n.root === c.at && n.kind !== ROOT && n.in <= va && va <= n.end && (!best || n.end - n.in < best.end - best.in)) best = n;
    const name = best && /: (.*)$/.exec(best.name);
    return name ? name[1] : '';
}

function parse(text) {
    const t = text.trim().replace(/^0x/i, '').replace(/_/g, '');
    return /^[0-9a-f]{1,16}$/i.test(t) ? BigInt('0x' + t) : null;
}

function stepRow(p, s, number, nested) {
    const missing = s.entry === null;
    return element('tr', nested ? { class: 'x-nested' } : {}, element('td', {}, number ? String(number) : 'register'),
        element('td', {}, (nested ? 'second L' : 'L') + s.level), element('td', {}, String(s.slot)),
        element('td', {}, element('code', {}, hex(s.at))), element('td', {}, element('code', {}, missing ? '-' : s.entry.toString(16).padStart(p.size * 2, '0'))),
        element('td', {}, missing ? (data.leftOut ? 'its table is not in this page, or not in memory' : 'not in memory') :
            ['not present', '', 'a page', 'illegal'][role(p, s.level, s.entry)] + ' ' + flagsText(p, s.level, s.entry)));
}

function showWalk() {
    const box = $('walk'), va = parse($('address').value);
    box.replaceChildren();
    if (!$('address').value.trim()) return;
    if (va === null) { box.append(element('p', { class: 'x-answer' }, 'That is no hexadecimal address.')); return; }
    const c = context(), w = walk(c, va), area = areaOf(c, va);
    const answer = w.outcome === 'mapped' ? `mapped to ${hex(w.out)} (mfn ${hex(w.out >> PAGE)}), ${rightsText(w.rights)}` + (w.page ? `, ${w.page}` : '') : w.outcome;
    box.append(element('p', { class: 'x-answer', id: 'answer' }, `${hex(va)}${area ? ` <${area}>` : ''} in ${c.name}: ${answer}`));
    const body = element('tbody');
    let number = 0;
    const second = s => { for (const n of s.steps) body.append(stepRow(c.second, n, ++number, true)); };
    for (const s of w.steps) {
        if (s.nested) second(s.nested);
        const register = c.first.levels[s.level].inRegister && !(c.second && !c.second.ept);
        body.append(stepRow(c.first, s, register ? 0 : ++number, false));
    }
    if (w.refused) second(w.refused);
    if (w.last) second(w.last);
    box.append(element('table', {}, element('thead', {}, element('tr', {}, ...['#', 'table', 'slot', 'at', 'entry', 'what it is'].map(t => element('th', {}, t)))), body));
    if (w.outcome === 'mapped')
        box.append(element('button', { onclick: () => { $('frame').value = (w.out >> PAGE).toString(16); showWho(); } }, 'Who else reaches this frame?'));
}

function showWho() {
    const box = $('who'), frame = parse($('frame').value);
    box.replaceChildren();
    if (!$('frame').value.trim()) return;
    if (frame === null || frame >> 40n) { box.append(element('p', { class: 'x-answer' }, 'That is no frame of a machine.')); return; }
    const body = element('tbody');
    let total = 0;
    data.contexts.forEach((c, i) => {
        const r = reach(c, frame), n = r.count();
        if (!n) return;
        total++;
        const list = element('td');
        for (const va of r.list(LISTED)) {
            const w = walk(c, va), area = areaOf(c, va);
            list.append(element('div', {}, element('button', { onclick: () => go(i, va) }, hex(va)),
                ` ${w.outcome === 'mapped' ? rightsText(w.rights) : w.outcome}${w.page ? ' ' + w.page : ''}${area ? ' ' + area : ''}`));
        }
        if (n > BigInt(LISTED)) list.append(element('div', { class: 'x-note' }, `and ${n - BigInt(LISTED)} more`));
        body.append(element('tr', {}, element('td', {}, c.name), element('td', {}, String(n)), list));
    });
    box.append(element('p', { class: 'x-answer', id: 'reached' }, total ? `mfn ${hex(frame)} is reached in ${total} of ${data.contexts.length} contexts` : `nobody reaches mfn ${hex(frame)}`));
    if (data.leftOut) box.append(element('p', { class: 'x-note' }, `${data.leftOut} tables are not in this page, and were not asked.`));
    if (total) box.append(element('table', {}, element('thead', {}, element('tr', {}, ...['context', 'addresses', 'the lowest of them'].map(t => element('th', {}, t)))), body));
}

function go(i, va) {
    if (i !== null && Number($('context').value) !== i) { $('context').value = String(i); showContext(); }
    $('address').value = va.toString(16);
    showWalk();
    $('walk-title').scrollIntoView();
}

const looks = ['', 's', 's', 'l', 'a', 'b'];
function row(n, c) {
    const look = looks[n.kind] === 's' ? (c && c.first.second ? 't' : n.rights & 16 ? 'u' : 's') : looks[n.kind];
    const e = element('span', { class: 'x-row ' + look });
    if (n.kind !== ROOT) e.append(`L${n.level} `);
    e.append(element('b', {}, n.name), ' ', n.text);
    if (n.kind !== ROOT) {
        const i = data.contexts.findIndex(o => o.at === n.root);
        if (i >= 0) e.append(element('button', { onclick: ev => { ev.preventDefault(); go(context().at === n.root ? null : i, n.in); } }, n.in.toString(16)));
    }
    return e;
}
function subtree(n, c, open) {
    if (!n.children.length) return element('li', {}, row(n, c));
    const list = element('ul'), d = element('details', {}, element('summary', {}, row(n, c)));
    const fill = () => { if (!list.childElementCount) for (const k of n.children) list.append(subtree(k, c, k.children.length < 4)); };
    if (open) { d.open = true; fill(); }
    d.addEventListener('toggle', fill);
    d.append(list);
    return element('li', {}, d);
}

function showSlots(c) {
    const grid = $('slots'), p = c.first, many = p.top ? 1 << p.levels[p.top].bits : 0;
    grid.replaceChildren();
    for (let i = 0; i < many; i++) {
        if (i % 64 === 0) grid.append(element('span', {}, String(i)));
        let va = BigInt(i) << p.levels[p.top].at;
        if (p.signed) va = BigInt.asUintN(64, BigInt.asIntN(p.input, va));
        const w = walk(c, va), s = w.steps[0];
        let look = '', mark = '';
        if (s && s.entry === null) [look, mark] = ['b', '?'];
        else if (s) {
            const r = role(p, p.top, s.entry);
            if (r === BAD) [look, mark] = ['b', '!'];
            else if (r === TABLE && target(p, p.top, s.entry) === p.root) [look, mark] = ['l', 'L'];
            else if (r !== HOLE) [look, mark] = p.second ? ['t', '2'] : rights(p, granted(p, p.top, s.entry)) & 16 ? ['u', 'U'] : ['s', 'S'];
        }
        const area = look && areaOf(c, va);
        grid.append(element('button', { class: look, tabindex: look ? '0' : '-1', title: `slot ${i}, ${hex(va)}${area ? ', ' + area : ''}`, 'data-slot': String(i), onclick: () => go(null, va) }, mark));
    }
    if (!many) grid.append(element('span', {}, 'not paged'));
}

function showContext() {
    const c = context(), tree = $('tree'), list = element('ul');
    tree.replaceChildren(list);
    for (const at of [c.at, c.secondAt]) {
        const n = at === undefined ? null : nodes.find(x => x.kind === ROOT && x.root === at);
        if (n) list.append(subtree(n, at === c.at ? c : { first: c.second }, true));
    }
    if (!list.childElementCount) list.append(element('li', {}, 'Its tables are folded out of this page.'));
    showSlots(c);
    showWalk();
}

const FOUND = 200;
function search() {
    const words = $('search').value.toLowerCase().split(/\s+/).filter(Boolean), list = element('ul');
    $('results').replaceChildren();
    $('found').textContent = '';
    $('tree').hidden = words.length > 0;
    if (!words.length) return;
    let n = 0;
    for (const node of nodes) {
        if (node.kind === ROOT) continue;
        const c = data.contexts.find(o => o.at === node.root) || data.contexts.find(o => o.secondAt === node.root);
        const all = `l${node.level} ${node.name} ${node.text} ${node.in.toString(16)} ${c ? c.name : ''}`.toLowerCase();
        if (!words.every(w => all.includes(w))) continue;
        if (n++ < FOUND) list.append(element('li', {}, c ? c.name + ' ' : '', row(node, c)));
    }
    $('results').append(list);
    $('found').textContent = n > FOUND ? `${n} found, the first ${FOUND} are shown` : `${n} found`;
}

data.contexts.forEach((c, i) => $('context').append(element('option', { value: String(i) },
    c.name + (c.kind ? `: ${c.kind}` : '') + (c.domain ? ` of ${c.domain}` : '') + (c.second ? `, over ${c.second.name}` : ''))));
$('about').textContent = `${data.contexts.length} contexts, ${data.nrTables} tables; made by xenpt ${data.version}.` +
    (data.leftOut ? ` Folded: ${data.leftOut} tables of the lowest levels are not in this page.` : '') +
    (data.foldedRuns || data.foldedRoots ? ` The tree leaves out ${data.foldedRuns} runs and ${data.foldedRoots} roots.` : '');
$('context').addEventListener('change', showContext);
$('address').addEventListener('input', showWalk);
$('frame').addEventListener('input', showWho);
$('search').addEventListener('input', search);
showContext();
window.xenpt = {
    walk: (i, va) => { const w = walk(data.contexts[i], BigInt(va)); return { outcome: w.outcome, maddr: w.outcome === 'mapped' ? hex(w.out) : null, page: w.outcome === 'mapped' ? w.page || null : null, rights: rightsText(w.rights) }; },
    who: frame => data.contexts.map(c => String(reach(c, BigInt(frame)).count())),
};
