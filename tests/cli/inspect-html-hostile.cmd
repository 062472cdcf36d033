"$SOURCE"/tests/html/hostile "$DATA"/snapshots/2.2.0-kryo-hashmap-canonical copy || exit
"$SAVEPOINT" inspect --html - --at 2026-01-01 copy/savepoint >page.html || exit
"$SOURCE"/tests/html/extract page.html inspect |
	python3 -c 'import json, sys
for state in json.load(sys.stdin)["keyed_states"]: print(ascii((state["operator"], state["state"])))'
# What stands there without JavaScript.
sed -n '/<noscript>/,/<\/noscript>/p' page.html | grep -c -e '<b>' -e '</script>'
sed -n '/<noscript>/,/<\/noscript>/p' page.html | grep -o -e '&lt;/script&gt;x' -e '&lt;!--&lt;b&gt;&quot;&#39;&amp;'
"$SAVEPOINT" inspect --prometheus copy/savepoint | grep -o -e 'operator="q[^}]*' | head -1
