'use strict';
const data = JSON.parse(document.getElementById('data').textContent);
const $ = id => document.getElementById(id);
const big = x => typeof x === 'string' ? BigInt(x) : BigInt(x);
const hex = v => '0x' + v.toString(16);
const PAGE = 12n, ALL = (1n << 64n) - 1n;
const ones = n => (1n << BigInt(n)) - 1n;

/* --- Tables ------------------------------------------------------------------------------- */

const unpacked = new Map();
/* The words of a frame, or null: it is not here. */
function words(frame) {
    const key = frame.toString(16);
    if (unpacked.has(key)) return unpacked.get(key);
    const packed = data.tables[key];
    let ret = null;
    if (packed !== undefined) {
        ret = new BigUint64Array(512);
        let at = 0, last = 0n;
        const signed = t => t[0] === '-' ? -BigInt('0x' + t.slice(1)) : BigInt('0x' + t.slice(1));
        for (const t of packed.split(' ')) {
            if (t[0] === 'z') { at += parseInt(t.slice(1), 16); continue; }
            if (t[0] === 'r') {
                const m = /^r([0-9a-f]+)(.*)$/.exec(t), step = signed(m[2]);
                for (let n = parseInt(m[1], 16); n; n--) { last = (last + step) & ALL; ret[at++] = last; }
                continue;
            }
            last = t[0] === '+' || t[0] === '-' ? (last + signed(t)) & ALL : BigInt('0x' + t);
            ret[at++] = last;
        }
    }
    unpacked.set(key, ret);
    return ret;
}

function read(maddr, size) {
    const w = words(maddr >> PAGE);
    if (!w) return null;
    const v = w[Number((maddr & 0xfffn) >> 3n)];
    return size === 8 ? v : (maddr & 4n ? v >> 32n : v & 0xffffffffn);
}

/* --- Formats ------------------------------------------------------------------------------ */

/* Numbers of a paging, once. */
function prepare(p) {
    for (const k of ['present', 'address', 'inverted', 'accessed', 'dependent', 'upon']) p[k] = big(p[k]);
    p.right = p.right.map(big);
    for (const l of p.levels) if (l) {
        for (const k of ['pageIf', 'rsvdTable', 'rsvdPage', 'silent']) l[k] = big(l[k]);
        l.span = 1n << BigInt(l.shift); l.mask = ones(l.bits); l.at = BigInt(l.shift);
    }
}
data.formats.forEach((f, i) => { f.id = i; prepare(f); });
for (const c of data.contexts) {
    c.first = { ...data.formats[c.format], root: big(c.root) };
    if (c.secondFormat !== undefined) c.second = { ...data.formats[c.secondFormat], root: big(c.secondRoot) };
}

const HOLE = 0, TABLE = 1, LEAF = 2, BAD = 3;
function role(p, level, e) {
    const l = p.levels[level], page = (e & l.pageIf) !== 0n;
    if (!(e & p.present)) return HOLE;
    if (e & (page ? l.rsvdPage : l.rsvdTable)) return BAD;
    if (e & p.dependent && !(e & p.upon)) return BAD;
    if (page && p.badTypes >> Number(e >> 3n & 7n) & 1) return BAD;
    return page ? LEAF : TABLE;
}
function target(p, level, e) {
    if (role(p, level, e) !== LEAF) return e & p.address;
    const l = p.levels[level];
    return (e & p.address & ~(l.span - 1n)) | (e >> BigInt(l.foldFrom) & ones(l.foldBits)) << BigInt(l.foldTo);
}
const granted = (p, level, e) => (e ^ p.inverted) | p.levels[level].silent;
function rights(p, g) {
    let held = 0;
    p.right.forEach((m, r) => { if ((g & m) === m) held |= 1 << r; });
    return p.second ? held & ~16 : held;
}
/* Both stages: what the second lets through.  Of a user address, its right to user fetches counts. */
function under(first, second) {
    let r = first & second & 3;
    if (first & 4 && second & (first & 16 ? 8 : 4)) r |= 4;
    if (first & 8 && second & (first & 16 ? 8 : 4)) r |= 8;
    return r | (first & 16);
}
const rightsText = r => (r & 1 ? 'r' : '-') + (r & 2 ? 'w' : '-') + (r & 12 ? 'x' : '-') + (r & 16 ? 'u' : '-');
const flagsText = (p, level, e) => p.levels[level].flags.filter(f => e >> BigInt(f[0]) & 1n).map(f => f[1]).join(' ');
const slotOf = (p, level, va) => (va >> p.levels[level].at) & p.levels[level].mask;
const fits = (p, va) => p.signed ? BigInt.asUintN(64, BigInt.asIntN(p.input, va)) === va : !(va >> BigInt(p.input));

/* --- Walks -------------------------------------------------------------------------------- */

/* A walk as the engine makes it; `find` says where in the machine a table's entry is. */
function walkStage(p, va, find) {
    const w = { in: va, out: 0n, granted: ALL, outcome: 'mapped', steps: [], rights: 0 };
    if (!fits(p, va)) { w.outcome = p.signed ? 'non-canonical' : 'too-wide'; return w; }
    if (!p.top) { w.out = va; w.rights = rights(p, ALL); return w; }
    let table = p.root;
    for (let level = p.top; level; level--) {
        const at = table + slotOf(p, level, va) * BigInt(p.size), found = find(at, level);
        if (found.outcome) { w.outcome = found.outcome; return w; }
        const entry = read(found.at, p.size);
        w.steps.push({ level, at, entry, slot: slotOf(p, level, va), nested: found.walk });
        if (entry === null) { w.outcome = 'no-memory'; return w; }
        const r = role(p, level, entry);
        w.granted &= granted(p, level, entry);
        w.span = p.levels[level].span;
        if (r === HOLE) { w.outcome = 'not-present'; return w; }
        if (r === BAD) { w.outcome = 'reserved'; return w; }
        if (r === LEAF) {
            w.out = target(p, level, entry) | (va & (w.span - 1n));
            w.page = p.levels[level].page;
            w.rights = rights(p, w.granted);
            return w;
        }
        table = target(p, level, entry);
    }
    return w;
}
const walkOne = (p, va) => walkStage(p, va, at => ({ at }));

function walk(c, va) {
    if (!c.second) return walkOne(c.first, va);
    const writes = !c.second.ept || c.second.accessed !== 0n;
    const w = walkStage(c.first, va, (at, level) => {
        const s = walkOne(c.second, at);
        const need = 1 | (writes && !(c.second.ept && c.first.levels[level].inRegister) ? 2 : 0);
        if (s.outcome === 'mapped' && (s.rights & need) === need) return { at: s.out, walk: s };
        w2 = s;
        return { outcome: s.outcome === 'no-memory' ? 'no-memory' : 'second-stage' };
    });
    var w2;
    if (w.outcome !== 'mapped') { w.refused = w2; return w; }
    w.gaddr = w.out;
    w.last = walkOne(c.second, w.out);
    if (w.last.outcome !== 'mapped') {
        w.outcome = w.last.outcome === 'no-memory' ? 'no-memory' : 'second-stage';
        w.out = 0n; w.rights = 0;
        return w;
    }
    w.out = w.last.out;
    w.rights = under(w.rights, w.last.rights);
    if (!w.span || w.last.span < w.span) { w.span = w.last.span; w.page = w.last.page; }
    return w;
}

/* --- Who reaches a frame ------------------------------------------------------------------- */

const LISTED = 24;

/* What legal entries of a table lead to: [slot, whether to a table, where], of one format and level once. */
const decoded = new Map();
function entriesOf(p, level, frame, offset) {
    const key = `${p.id}/${level}/${frame}/${offset}`;
    let ret = decoded.get(key);
    if (ret) return ret;
    ret = [];
    const w = words(frame), many = w ? 1 << p.levels[level].bits : 0, from = Number(offset) >> 3;
    for (let i = 0; i < many; i++) {
        const e = p.size === 8 ? w[from + i] : i & 1 ? w[from + (i >> 1)] >> 32n : w[from + (i >> 1)] & 0xffffffffn;
        if (!e) continue;
        const r = role(p, level, e);
        if (r === LEAF || r === TABLE) ret.push([i, r === TABLE, target(p, level, e)]);
    }
    decoded.set(key, ret);
    return ret;
}

/* How many addresses below a table lead to one of these pages, a table once for each level. */
function counter(p, frameOf, pages) {
    const memo = new Map();
    const inPage = (first, span) => {
        let n = 0n;
        for (const a of pages) if (a >= first && a - first < span) n++;
        return n;
    };
    const entries = (table, level) => {
        const frame = frameOf(table);
        return frame === null ? [] : entriesOf(p, level, frame, table & 0xfffn);
    };
    const ways = (e, level) => e[1] ? below(e[2], level - 1) : inPage(e[2], p.levels[level].span);
    function below(table, level) {
        let at = memo.get(table);
        if (!at) memo.set(table, at = []);
        if (at[level] !== undefined) return at[level];
        let n = 0n;
        for (const e of entries(table, level)) n += ways(e, level);
        return at[level] = n;
    }
    /* The lowest of them. */
    function list(table, level, base, ret, limit) {
        const l = p.levels[level];
        for (const e of entries(table, level)) {
            if (ret.length >= limit) break;
            if (!ways(e, level)) continue;
            let va = base + (BigInt(e[0]) << l.at);
            if (level === p.top && p.signed) va = BigInt.asUintN(64, BigInt.asIntN(p.input, va));
            if (e[1]) { list(e[2], level - 1, va, ret, limit); continue; }
            for (const a of pages) if (a >= e[2] && a - e[2] < l.span && ret.length < limit) ret.push(va + a - e[2]);
        }
        return ret;
    }
    return {
        count: () => p.top ? below(p.root, p.top) : inPage(0n, 1n << BigInt(p.input)),
        list: limit => p.top ? list(p.root, p.top, 0n, [], limit) : pages.slice(0, limit),
    };
}

const machineFrame = table => table >> PAGE;
function reach(c, frame) {
    const page = [frame << PAGE];
    if (!c.second) return counter(c.first, machineFrame, page);
    const gaddrs = counter(c.second, machineFrame, page).list(4096);
    if (!gaddrs.length) return { count: () => 0n, list: () => [] };
    const cache = new Map();
    const frameOf = table => {
        const g = table >> PAGE;
        if (!cache.has(g)) {
            const s = walkOne(c.second, g << PAGE);
            cache.set(g, s.outcome === 'mapped' ? s.out >> PAGE : null);
        }
        return cache.get(g);
    };
    return counter(c.first, frameOf, gaddrs);
}

