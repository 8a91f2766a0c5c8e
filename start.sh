#!/bin/sh
# Double-click, or run in a terminal: opens the menu of ssj.
cd "$(dirname "$0")" || exit 1
if [ ! -t 0 ] && [ -z "$SSJ_WINDOW" ]; then  # started from a file manager: a terminal is needed
    for terminal in x-terminal-emulator gnome-terminal konsole xfce4-terminal mate-terminal xterm; do
        command -v "$terminal" >/dev/null 2>&1 || continue
        case $terminal in gnome-terminal) run=-- ;; xfce4-terminal | mate-terminal) run=-x ;; *) run=-e ;; esac
        SSJ_WINDOW=1 exec "$terminal" "$run" "./$(basename "$0")"
    done
fi

found=
for place in "$PWD/.venv" "$CONDA_PREFIX" "$(grep '/ssj$' "$HOME/.conda/environments.txt" 2>/dev/null | tail -n 1)" \
    "$HOME/miniforge3/envs/ssj" "$HOME/miniconda3/envs/ssj" "$HOME/anaconda3/envs/ssj"; do
    if [ -n "$place" ] && [ -x "$place/bin/ssj" ]; then
        found=$place
        break
    fi
done

if [ -n "$found" ]; then
    PATH=$found/bin:$PATH ssj
else
    cat ssj/templates/start.txt
fi
printf '\n按回车关闭窗口。'
read -r _
