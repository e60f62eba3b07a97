#include "residents/parts.h"

namespace qala::residents {

namespace {

// One column for a phone of 360 points; two beside each other on a tablet, three on a desk. Light, or dark by the wish
// of the device; text has a contrast of 7 to 1 and more, secondary text 4.5 and more, in both.
constexpr std::string_view kStyle = R"css(
:root{color-scheme:light dark;--bg:#f1f3f4;--card:#fff;--tx:#14181a;--tx2:#46525a;--line:#d3dade;--edge:#76828a;--act:#14577f;--on:#dde4e8;--s1:#b3141a;--s2:#9c4100;--ok:#3d4a52;--l1:#b9d8cc;--l2:#e3dc9c;--l3:#f0c46a;--l4:#e08a4a;--l5:#c94f3f;--l6:#7c2748}
@media(prefers-color-scheme:dark){:root{--bg:#0f1214;--card:#171b1e;--tx:#e6eaec;--tx2:#b3bdc4;--line:#2a3136;--edge:#66727a;--act:#86b9dc;--on:#2b3238;--s1:#ff7a70;--s2:#ffac5c;--ok:#b3bdc4;--l1:#5f9c86;--l2:#b9ad55;--l3:#e0a84a;--l4:#e08a4a;--l5:#e0604c;--l6:#b64a78}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:960px;background:var(--bg);color:var(--tx);font:400 16px/1.4 Roboto,-apple-system,"Segoe UI",system-ui,"Noto Sans","DejaVu Sans",sans-serif;font-variant-numeric:tabular-nums;overflow-wrap:break-word}
header{display:flex;align-items:center;padding:5px 10px 4px 16px;gap:0 8px}
h1{margin:0;font-size:20px;line-height:1.2;letter-spacing:-.2px}
header time{display:block;color:var(--tx2);font-size:14px;line-height:1.3}
nav{margin-left:auto;display:flex}
nav a{min-width:44px;min-height:44px;display:grid;place-content:center;text-decoration:none;color:var(--tx2);font-size:14px;border-radius:6px}
nav a[aria-current]{color:var(--tx);font-weight:600;background:var(--on)}
a:focus-visible,summary:focus-visible{outline:3px solid var(--tx);outline-offset:2px}
main{padding:0 12px;display:grid;gap:10px;align-items:start}
main>*{min-width:0;background:var(--card);border:1px solid var(--line);border-radius:12px;padding:14px 16px}
h2{margin:0;font-size:16px;font-weight:600}
p{margin:0}
small,.age{font-size:14px;color:var(--tx2)}
h2 small{float:right;font-weight:400;margin-left:8px}
.alert{display:grid;grid-template-columns:28px 1fr;gap:2px 10px;border:2px solid var(--s1);padding:10px 14px}
.alert.high{border-color:var(--s2)}
.alert h2{color:var(--s1)}
.alert.high h2{color:var(--s2)}
.alert svg{color:var(--s1);grid-row:1/3}
.alert.high svg{color:var(--s2)}
.alert p{grid-column:2;font-size:15px}
.alert.low{border-color:var(--edge)}
.alert.low h2{color:var(--tx)}
.alert.low svg{color:var(--tx2)}
.alert.low svg,.alert.warn svg{grid-row:1/7}
.alert.warn small{grid-column:2;color:var(--tx)}
.alert.warn p b{display:block}
.big{font-size:32px;font-weight:700;line-height:1.15;letter-spacing:-.5px;margin:3px 0 4px}
.scale{display:grid;grid-template-columns:repeat(6,1fr);gap:2px;margin:28px 0 3px;position:relative}
.scale i{height:10px}
.scale i:first-child{border-radius:5px 0 0 5px}
.scale i:nth-child(6){border-radius:0 5px 5px 0}
.scale b{position:absolute;top:-24px;transform:translateX(-50%);font-size:14px;font-weight:600;white-space:nowrap}
.scale b.l{transform:translateX(-12px)}
.scale b.r{transform:translateX(calc(12px - 100%))}
.scale u{position:absolute;top:-6px;margin-left:-6px;border:6px solid transparent;border-top-color:var(--tx);border-bottom:0}
.lv{display:grid;grid-template-columns:repeat(6,1fr);gap:2px;font-size:11.5px;line-height:1.2;letter-spacing:-.3px;color:var(--tx2);text-align:center}
.lv b{color:var(--tx)}
.lv+p{margin-top:8px}
figure{margin:10px 0 0}
figure svg{display:block;width:100%;max-width:440px;height:auto}
figcaption{font-size:14px;color:var(--tx2)}
.b1{background:var(--l1);fill:var(--l1)}.b2{background:var(--l2);fill:var(--l2)}.b3{background:var(--l3);fill:var(--l3)}.b4{background:var(--l4);fill:var(--l4)}.b5{background:var(--l5);fill:var(--l5)}.b6{background:var(--l6);fill:var(--l6)}
figure rect{stroke:var(--edge);stroke-width:.4}
text{fill:var(--tx2);font-size:12px}
text.m{fill:var(--tx);font-weight:600}
path.a{stroke:var(--edge)}
ul{list-style:none;margin:6px 0 0;padding:0}
li{padding:9px 0;border-top:1px solid var(--line)}
li:first-child{border:0}
.row{display:grid;grid-template-columns:26px 1fr auto;gap:0 10px;align-items:start}
.row>svg{display:block;color:var(--ok)}
.row b,.st{font-weight:600}
.row p{grid-column:2/4}
.row.bad>svg,.bad .st{color:var(--s2)}
.st{font-size:15px;text-align:right}
.place{font-size:15px;padding-top:3px}
.station{display:grid;grid-template-columns:14px 1fr auto;gap:0 10px;align-items:center}
.station i{width:14px;height:14px;border-radius:50%;border:1px solid var(--edge)}
.station small{grid-column:2/4}
.off{color:var(--tx2)}
footer{padding:14px 18px 24px;font-size:14px;color:var(--tx2)}
summary{min-height:44px;padding:12px 0;color:var(--act);cursor:pointer}
@media(min-width:760px) and (max-width:1239px){main{display:flow-root}main>*{float:left;clear:left;width:calc(50% - 5px);margin-bottom:10px}main>.alert{width:100%}main>.svc{float:right;clear:none}}
@media(min-width:1240px){body{max-width:1400px}main{grid-template-columns:repeat(3,1fr)}.alert{grid-column:1/-1}}
@media print{body{background:#fff}main{display:block}}
)css";

}  // namespace

std::string_view style_sheet() { return kStyle; }

std::string_view icon_of(Service service) {
  switch (service) {
    case Service::heat: return R"(<path d="M7 4v16M12 4v16M17 4v16M4 7h16M4 17h16"/>)";
    case Service::light: return R"(<path d="M9 17.5h6M10 20.5h4M8.8 15a5.4 5.4 0 1 1 6.4 0Z"/>)";
    case Service::water: return R"(<path d="M12 3c3.6 4.4 6 7.5 6 11a6 6 0 1 1-12 0c0-3.5 2.4-6.6 6-11Z"/>)";
    case Service::stop: return R"(<path d="M3 6h18M5 6v14M19 6v14M8 16h8M12 16v4"/>)";
    case Service::bin: return R"(<path d="M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13M10.5 11v5M13.5 11v5"/>)";
    case Service::air: return R"(<path d="M3 9h11a3 3 0 1 0-3-3M3 14h15a3 3 0 1 1-3 3"/>)";
    case Service::weather: return R"(<path d="M7 17a4 4 0 1 1 1-7.9 5 5 0 0 1 9.5 1.4A3.3 3.3 0 0 1 17 17Z"/>)";
  }
  return "";
}

}  // namespace qala::residents
