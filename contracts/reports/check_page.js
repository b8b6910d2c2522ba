const field = document.getElementById('find'), told = document.getElementById('told');
const rows = [...document.querySelectorAll('#promises tbody tr')];
field.addEventListener('input', () => {
  const words = field.value.toLowerCase().split(/\s+/); let shown = 0;
  for (const row of rows) {
    const text = row.textContent.toLowerCase(); row.hidden = !words.every(word => text.includes(word));
    if (!row.hidden) shown += 1;
  }
  told.textContent = `${shown} of ${rows.length} promises`;
});
for (const button of document.querySelectorAll('button[data-copy]')) {
  button.hidden = false;
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(button.previousElementSibling.textContent); button.textContent = 'copied';
  });
}
