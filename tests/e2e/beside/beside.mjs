// Blocks as JSON on stdin, HTML on stdout. The one argument: light or dark.
import { readFileSync } from "node:fs";
import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { Message } from "slack-blocks-to-jsx";

const blocks = JSON.parse(readFileSync(0, "utf8")), theme = process.argv[2];
const css = readFileSync(new URL("node_modules/slack-blocks-to-jsx/dist/style.css", import.meta.url), "utf8");
const data = { users: [{ id: "U0ANA", name: "Ana Ruiz" }], channels: [], user_groups: [] };
const drawn = createElement(Message, { blocks, theme, data, name: "AI Operator", logo: "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'/>", time: new Date(0) });
process.stdout.write(`<!doctype html><style>${css}</style>${renderToStaticMarkup(drawn)}`);
