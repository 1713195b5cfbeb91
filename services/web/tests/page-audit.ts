import type { Page } from 'playwright-core';

/** Faults a person with a screen reader, a keyboard or a thumb would meet: names, roles, sizes. */
export function auditNames(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const visible = (element: Element) => element.checkVisibility();
    const say = (element: Element, what: string) =>
      found.push(`${element.tagName.toLowerCase()}#${element.id} ${what}`);
    if (!document.documentElement.lang) found.push('no language');
    if ([...document.querySelectorAll('h1')].filter(visible).length !== 1) found.push('not one h1');
    if (document.querySelectorAll('main').length !== 1) found.push('not one main');
    const ids = [...document.querySelectorAll('[id]')].map((element) => element.id);
    if (new Set(ids).size !== ids.length) found.push('an id twice');
    for (const control of document.querySelectorAll('button, input, [tabindex="0"]')) {
      if (!visible(control)) continue;
      const label =
        control.getAttribute('aria-label') ??
        (control as HTMLInputElement).labels?.[0]?.textContent ??
        control.textContent;
      if (!label?.trim()) say(control, 'has no name');
      // Half a pixel less comes from rounding.
      const { width, height } = (control.closest('label') ?? control).getBoundingClientRect();
      if (control.matches('button, input') && (width < 43.5 || height < 43.5)) {
        say(control, 'is too small to touch');
      }
    }
    for (const svg of document.querySelectorAll('svg')) {
      if (svg.getAttribute('aria-hidden') !== 'true') say(svg, 'is a picture without words');
    }
    for (const element of document.querySelectorAll('[aria-labelledby]')) {
      const id = element.getAttribute('aria-labelledby') ?? '';
      if (!document.getElementById(id)) say(element, `is named by #${id}, which is not there`);
    }
    return found;
  });
}

/** Texts with less contrast than 4.5 to 1 (WCAG 2.2, 1.4.3). */
export function auditContrast(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const channel = (value: number) => {
      const c = value / 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    };
    const parts = (color: string) => (color.match(/[\d.]+/g) ?? []).map(Number);
    const luminance = (color: string) => {
      const [r = 0, g = 0, b = 0] = parts(color);
      return 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
    };
    const ground = (element: Element | null): string => {
      if (!element) return 'rgb(255, 255, 255)';
      const color = getComputedStyle(element).backgroundColor;
      return parts(color)[3] === 0 ? ground(element.parentElement) : color;
    };
    const found: string[] = [];
    for (const element of document.body.querySelectorAll('*')) {
      const own = [...element.childNodes].some(
        (node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim(),
      );
      const disabled = element.closest(':disabled') !== null;
      if (!own || disabled || !element.checkVisibility()) continue;
      const [a, b] = [luminance(getComputedStyle(element).color), luminance(ground(element))];
      const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      if (ratio < 4.5) found.push(`${element.textContent?.trim()}: ${ratio.toFixed(2)}`);
    }
    return found;
  });
}
