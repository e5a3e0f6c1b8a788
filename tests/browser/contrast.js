// Texts whose contrast with what is behind them is below 4.5 to 1 (WCAG 2.2, 1.4.3), in charts too.
() => {
  const parts = colour => {
    const [red, green, blue, alpha = 1] = colour.match(/[\d.]+/g).map(Number);
    return { rgb: [red, green, blue], alpha };
  };
  const over = (top, under, opacity = 1) => {
    const { rgb, alpha } = parts(top);
    return rgb.map((value, place) => value * alpha * opacity + under[place] * (1 - alpha * opacity));
  };
  const luminance = rgb => {
    const [red, green, blue] = rgb.map(value => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const ratio = (one, other) => {
    const [dark, bright] = [luminance(one), luminance(other)].sort((first, second) => first - second);
    return (bright + 0.05) / (dark + 0.05);
  };
  const behind = element => {
    const under = element.parentElement ? behind(element.parentElement) : [255, 255, 255];
    return over(getComputedStyle(element).backgroundColor, under);
  };
  // What a chart has drawn under a text, in the order of drawing.
  const drawn = (text, under) => {
    const { x, y, width, height } = text.getBoundingClientRect();
    for (const shape of text.ownerSVGElement.querySelectorAll('path, rect, text')) {
      if (shape === text) return under;
      const box = shape.getBoundingClientRect(), style = getComputedStyle(shape);
      const inside = box.left <= x + width / 2 && x + width / 2 <= box.right
        && box.top <= y + height / 2 && y + height / 2 <= box.bottom;
      if (shape.tagName !== 'text' && style.fill !== 'none' && inside)
        under = over(style.fill, under, Number(style.fillOpacity) * Number(style.opacity));
    }
    return under;
  };
  const found = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let seen = 0;
  while (texts.nextNode()) {
    const text = texts.currentNode, element = text.parentElement;
    if (!text.data.trim() || !element.checkVisibility() || element.closest('title, desc')) continue;
    const style = getComputedStyle(element), chart = element instanceof SVGElement;
    const under = chart ? drawn(element, behind(element.ownerSVGElement)) : behind(element);
    const opacity = chart ? Number(style.fillOpacity) * Number(style.opacity) : 1;
    const reached = ratio(over(chart ? style.fill : style.color, under, opacity), under);
    seen += 1;
    if (reached < 4.5) found.push(`${reached.toFixed(2)} ${element.tagName} ${text.data.trim().slice(0, 60)}`);
  }
  return { seen, found };
}
