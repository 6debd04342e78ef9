/// `EvidenceText` for hosts with only a shell: an awk program (mawk, gawk, BusyBox) that does the same.
///
/// It reads the file and prints what is kept. The variable `kind` says which program the file belongs to. `count` names
/// a file to which it appends the number of lines that lost something.
package enum EvidenceScript {
  package static let program = #"""
    # Keeps of a configuration what Headwater reads; every line stays where it is.
    function table(text, into,   n, i, parts) { n = split(text, parts, " "); for (i = 1; i < n; i += 2) into[parts[i]] = parts[i + 1] }
    function set(text, into,   n, i, parts) { n = split(text, parts, " "); for (i = 1; i <= n; i++) into[parts[i]] = 1 }
    function quote_of(word,   c) { c = substr(word, 1, 1); return c == "\"" || c == "\047" ? c : "" }
    function bare(word,   q) {
      q = quote_of(word)
      return q != "" && length(word) > 1 && substr(word, length(word)) == q ? substr(word, 2, length(word) - 2) : word
    }
    function last_at(text,   i) { for (i = length(text); i > 0; i--) if (substr(text, i, 1) == "@") return i; return 0 }
    function plain(word,   at, rest, end, family, i_at) {
      at = index(word, "://")
      if (at) {
        rest = substr(word, at + 3)
        end = match(rest, AUTHORITY_END) ? RSTART - 1 : length(rest)
        i_at = last_at(substr(rest, 1, end))
        if (i_at) word = substr(word, 1, at + 2) MARK substr(rest, i_at)
      } else if ((at = index(word, "@"))) {
        family = substr(word, 1, at - 1)
        sub("^[\"\047]+", "", family)
        if (family != "" && !(family in FAMILY)) return MARK
      }
      at = index(word, "%[")
      if (at) word = substr(word, 1, at + 1) MARK "]" quote_of(word)
      at = index(word, "?")
      if (at) word = substr(word, 1, at) MARK quote_of(word)
      return word ~ PLAIN && length(word) <= 256 ? word : MARK
    }
    function url(word,   at, rest, end, q) {
      word = plain(word)
      q = quote_of(word)
      at = index(word, "://")
      if (!at) { if (substr(word, 1, 1) == "/") return "/"; return q == "" ? word : MARK }
      rest = substr(word, at + 3)
      if (substr(rest, 1, 5) == "unix:") {
        rest = substr(rest, 6)
        end = match(rest, "[:\"\047]") ? RSTART - 1 : length(rest)
        return substr(word, 1, at + 7) substr(rest, 1, end) q
      }
      end = match(rest, AUTHORITY_END) ? RSTART - 1 : length(rest)
      return substr(word, 1, at + 2) substr(rest, 1, end) (substr(rest, end + 1, 1) ~ "[/?]" ? "/" : "") q
    }
    function host(word) { return bare(word) ~ /^[-A-Za-z0-9_.*$]*$/ && length(word) <= 256 ? word : MARK }
    function location(word,   part, end) {
      if (word == "=" || word == "~" || word == "~*" || word == "^~") return word
      if (substr(word, 1, 1) != "/") return MARK
      part = substr(word, 2)
      end = index(part, "/")
      if (end) part = substr(part, 1, end - 1)
      if (length(part) > 20 || part !~ /^[-A-Za-z_]*$/) return "/"
      return "/" part (length(part) + 1 < length(word) ? "/" : "")
    }
    function leads(variable,   name, word) {
      name = tolower(variable)
      if (substr(name, 1, 1) != "$") return 0
      for (word in SECRET) if (index(name, word)) return 0
      for (word in LEADING) if (index(name, word)) return 1
      return 0
    }
    function is_target(word,   text) {
      text = bare(word)
      if (text == "" || length(text) > 80 || text !~ TARGET) return 0
      while (match(text, /[A-Za-z0-9]+/)) { if (RLENGTH >= 24) return 0; text = substr(text, RSTART + RLENGTH) }
      return 1
    }
    function format(word,   result, variable, run, c) {
      result = ""
      variable = 0
      while (word != "") {
        if (match(word, /^[A-Za-z0-9_]+/)) {
          run = substr(word, 1, RLENGTH)
          word = substr(word, RLENGTH + 1)
          result = result (!variable && (run ~ /[0-9]/ || length(run) > 24) ? MARK : run)
          variable = 0
        } else {
          c = substr(word, 1, 1)
          word = substr(word, 2)
          if (c !~ /^[ -~]$/) return MARK
          variable = c == "$" || (variable && c == "{")
          result = result c
        }
      }
      return result
    }
    # What a rule keeps of W[1..N], into K[1..M].
    function keep(rule,   count, i, word) {
      M = 1
      K[1] = W[1]
      count = rule ~ /\*/ ? N - 1 : rule + 0
      if (count > N - 1) count = N - 1
      for (i = 1; i <= count; i++) {
        word = W[i + 1]
        if (rule ~ /x/) { if (i == 1) K[++M] = MARK; continue }
        if (rule ~ /h/) word = host(word)
        else if (rule ~ /l/) word = location(word)
        else if (rule ~ /f/ && i > 1) word = format(word)
        else if (rule ~ /u/ && i == count) word = url(word)
        else word = plain(word)
        K[++M] = word
      }
      if (rule ~ /i/) {
        for (; i < N; i++) if (W[i + 1] == "if" || W[i + 1] == "unless") { K[++M] = W[i + 1]; K[++M] = MARK; return }
      } else if (rule ~ /\+/) {
        for (; i < N; i++) {
          word = W[i + 1]
          if (word in PARAMETER) K[++M] = word
          else if ((word in VALUED) && i + 1 < N) { K[++M] = word; K[++M] = plain(W[i + 2]); i++ }
        }
      }
    }
    function joined(   i, text) { text = K[1]; for (i = 2; i <= M; i++) text = text " " K[i]; return text }
    # The words of a line into W[1..N]; 0 if a quote is not closed.
    function split_line(line, comments, anywhere,   i, n, c, word, q) {
      N = 0
      word = q = ""
      n = length(line)
      for (i = 1; i <= n; i++) {
        c = substr(line, i, 1)
        if (q != "") {
          word = word c
          if (c == "\\" && q == "\"") word = word substr(line, ++i, 1)
          else if (c == q) q = ""
        } else if (c == " " || c == "\t") {
          if (word != "") W[++N] = word
          word = ""
        } else if (index(comments, c) && (anywhere || word == "")) {
          break
        } else if (c == "\\") {
          word = word c substr(line, ++i, 1)
        } else {
          if (c == "\"" || c == "\047") q = c
          word = word c
        }
      }
      if (q != "") return 0
      if (word != "") W[++N] = word
      return 1
    }
    function haproxy_line(line) {
      if (!split_line(line, "#", 1) || N == 0 || !(W[1] in HAPROXY)) return ""
      if (W[1] in CLOSED) inside = 1
      else if (W[1] ~ /^(global|defaults|frontend|backend|listen)$/) inside = 0
      if (inside && !(W[1] in CLOSED)) return ""
      if (W[1] == "stats" && (N < 2 || W[2] != "socket")) return ""
      keep(HAPROXY[W[1]])
      return joined()
    }
    function openvpn_line(line,   text, name) {
      text = line
      sub(/^[ \t]+/, "", text)
      if (closing != "") { if (substr(text, 1, length(closing)) == closing) closing = ""; return "" }
      if (substr(text, 1, 1) == "<" && substr(text, 1, 2) != "</" && substr(text, 1, 12) != "<connection>") {
        sub(/>.*/, "", text)
        closing = "</" substr(text, 2) ">"
        return ""
      }
      if (!split_line(line, "#;", 0) || N == 0) return ""
      name = W[1]
      sub(/^--/, "", name)
      if (!(name in OPENVPN)) return ""
      keep(OPENVPN[name])
      return joined()
    }
    function is_row(line,   n, parts) {
      if (line in TITLE || line ~ /^Updated,/ || line ~ /^Max bcast\/mcast queue length,/) return 1
      n = split(line, parts, index(line, "\t") ? "\t" : ",")
      if (n > 1 && parts[1] ~ /^(TITLE|TIME|HEADER|CLIENT_LIST|ROUTING_TABLE|GLOBAL_STATS)$/) return 1
      if (n == 5) return parts[3] ~ /^[0-9]+$/ && parts[4] ~ /^[0-9]+$/
      return n == 4 && parts[1] ~ OWNER && parts[3] ~ /^[][A-Za-z0-9.:_-]+$/ && parts[3] ~ /[.:]/
    }
    # nginx: statements may span lines, and a line may hold many.
    function emit(text, line) { KEPT[line] = KEPT[line] == "" ? text : KEPT[line] " " text }
    function emit_all(ending,   i, line) {
      for (i = 1; i <= M; i++) {
        line = i <= N ? AT[i] : NR
        if (i == M && line == NR && ending == ";") { emit(K[i] ending, line); return }
        emit(K[i], line)
      }
      emit(ending, NR)
    }
    function statement(   rule) {
      if (skipped || N == 0) return
      if (depth && CONTEXT[depth] != "block") {
        M = 0
        if (N == 1 && W[1] ~ /^(hostnames|volatile|ranges)$/) { M = 1; K[1] = W[1] }
        else if (N == 2 && W[1] == "include") { M = 2; K[1] = W[1]; K[2] = plain(W[2]) }
        else if (N == 2 && is_target(W[2])) {
          M = 2
          K[1] = W[1] == "default" || CONTEXT[depth] == "names" ? host(W[1]) : MARK
          K[2] = W[2]
        }
        if (M) emit_all(";")
        return
      }
      if (!(W[1] in NGINX)) return
      rule = NGINX[W[1]]
      if (rule ~ /s/ && (N != 3 || !leads(W[2]) || !is_target(W[3]))) return
      keep(rule)
      emit_all(";")
    }
    function block(   name, rule, context) {
      name = N ? W[1] : ""
      if (name ~ /_by_lua_block$/) { lua = 1; return }
      if (skipped) { skipped++; return }
      if (!(name in BLOCK) || (depth && CONTEXT[depth] != "block")) { skipped = 1; return }
      rule = BLOCK[name]
      context = "block"
      if (rule ~ /m/) {
        if (N < 2 || !leads(W[N])) { skipped = 1; return }
        context = N == 3 && (W[2] in REQUESTED) ? "names" : "map"
      }
      CONTEXT[++depth] = context
      keep(rule)
      emit_all("{")
    }
    function finish() { if (word != "") W[N] = word; word = "" }
    function begin(c) { if (word == "") AT[++N] = NR; word = word c }
    # From position `i` of `line` behind a program in Lua: the position that follows, or the end of the line.
    function skip_lua(line, i, n,   c) {
      for (; i <= n; i++) {
        c = substr(line, i, 1)
        if (quoted != "") { if (c == "\\") i++; else if (c == quoted) quoted = "" }
        else if (c == "\"" || c == "\047") quoted = c
        else if (c == "-" && substr(line, i + 1, 1) == "-") i = n
        else if (c == "{") lua++
        else if (c == "}" && --lua == 0) return i + 1
      }
      quoted = ""
      return n + 1
    }
    function nginx_line(line,   i, n, c) {
      n = length(line)
      i = lua ? skip_lua(line, 1, n) : 1
      for (; i <= n; i++) {
        c = substr(line, i, 1)
        if (quoted != "") {
          word = word c
          if (c == "\\") word = word substr(line, ++i, 1)
          else if (c == quoted) { quoted = ""; finish() }
        } else if (word == "" && c == "#") {
          break
        } else if (word == "" && (c == "\"" || c == "\047")) {
          begin(c)
          quoted = c
        } else if (word == "" && c == "}") {
          N = 0
          if (skipped) skipped--; else if (depth) { depth--; emit("}", NR) }
        } else if (c == " " || c == "\t") {
          finish()
        } else if (c == ";" || (c == "{" && substr(word, length(word)) != "$")) {
          finish()
          if (c == ";") statement(); else block()
          N = 0
          if (lua) i = skip_lua(line, i + 1, n) - 1
        } else {
          begin(c)
          if (c == "\\") word = word substr(line, ++i, 1)
        }
      }
      if (quoted == "") finish(); else word = word "\n"
    }
    function squeezed(text) { gsub(/[ \t]+/, " ", text); sub(/^ /, "", text); sub(/ $/, "", text); return text }
    function show(line, kept) {
      if (squeezed(line) == squeezed(kept)) { print line; return }
      left++
      if (kept != "") { match(line, /^[ \t]*/); kept = substr(line, 1, RLENGTH) kept }
      print kept
    }
    BEGIN {
      MARK = "(left-out)"
      # Not written between slashes: what a backslash means in brackets differs between awks.
      PLAIN = "^[][A-Za-z0-9_.:/,*+@%$(){}\"\047?-]*$"
      TARGET = "^[][A-Za-z0-9_.:/${}-]*$"
      OWNER = "^[A-Za-z0-9.:/@]+$"
      AUTHORITY_END = "[/?\"\047]"
      table(haproxy, HAPROXY); table(nginx, NGINX); table(blocks, BLOCK); table(openvpn, OPENVPN)
      set(sections, CLOSED); set(parameters, PARAMETER); set(valued, VALUED); set(families, FAMILY)
      set(leading, LEADING); set(secret, SECRET); set(requested, REQUESTED)
      TITLE["OpenVPN CLIENT LIST"] = TITLE["ROUTING TABLE"] = TITLE["GLOBAL STATS"] = TITLE["END"] = 1
      TITLE["Common Name,Real Address,Bytes Received,Bytes Sent,Connected Since"] = 1
      TITLE["Virtual Address,Common Name,Real Address,Last Ref"] = 1
    }
    { gsub(/\r/, "") }
    kind == "haproxy" { show($0, haproxy_line($0)); next }
    kind == "openvpn" { show($0, openvpn_line($0)); next }
    kind == "status" { show($0, is_row($0) ? $0 : ""); next }
    kind == "nginx" { LINE[NR] = $0; nginx_line($0) }
    END {
      if (kind == "nginx") for (i = 1; i <= NR; i++) show(LINE[i], KEPT[i])
      if (count != "") print left + 0 >>count
    }
    """#

  /// The tables as awk variables, in shell words for awk's command line.
  package static let variables = [
    ("haproxy", EvidenceRules.haproxy), ("sections", EvidenceRules.closedSections), ("nginx", EvidenceRules.nginx),
    ("blocks", EvidenceRules.nginxBlocks), ("openvpn", EvidenceRules.openvpn),
    ("parameters", EvidenceRules.parameters), ("valued", EvidenceRules.valued), ("families", EvidenceRules.families),
    ("leading", EvidenceRules.leading), ("secret", EvidenceRules.closed), ("requested", EvidenceRules.requestedNames),
  ].map { "-v '\($0.0)=\($0.1)'" }.joined(separator: " ")
}
