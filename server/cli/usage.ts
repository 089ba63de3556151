/** The call was wrong: shown without a stack, exit code 2. */
export class WrongUsage extends Error {}

/** The work could not be done: shown without a stack, exit code 1. */
export class Refused extends Error {}

export const usage = `Skein makes videos from graphs.

  skein run <graph.json>      run a graph and save what it makes; a film or picture has the graph that made it inside
      --set node.param=value    change a param first; may be given more than once
      --out <folder>            where to put the results (here)
      --only <node>             make only this output; may be given more than once
      --no-cache                make everything anew
      --json                    one line of JSON per event, and one for the result
      --device <name>           auto, cpu, cuda, webgpu, coreml, dml

  skein prompt "<text>"       make a video of a text
      --model <name>            which model (gosling)
      --negative <text>         what to keep away from
      --seed <n>  --steps <n>  --guidance <g>  --size <W>x<H>  --frames <n>
      --image <file>            begin with this picture
      --out <file>              mp4, webm, gif or webp
      --no-cache  --json  --device <name>

  skein sweep <graph.json>    run a graph for every combination of some values
      --axis node.param=values  4,8,16 or 4..20 by 4, 3 seeds from 7, words || words, @file with one a line;
                                {word}=values fills {word} in prompts; up to four
      --skip "name=v name=v"    leave out cells with these values; may be given more than once
      --set node.param=value    change a param first
      --plan                    say what would run, and stop
      --out <folder>  --json  --device <name>

  skein reproduce <film>      make a film or picture again, and say whether it came out the same
      --look                    say what is different here, and stop
      --no-cache                compute it anew, also where all of it is kept
      --out <folder>  --json  --device <name>

  skein check <graph.json>    say what is wrong with a graph   [--set ...] [--json]
  skein import <flow.json>    make a graph of a ComfyUI workflow, or take the one out of a film   [--out <graph.json>]
  skein models list           which models there are           [--json]
  skein models add <path>     take in a model folder, ComfyUI's models folder, or a single file
  skein models get <name>     download a model from the hub: owner/name
      --revision <r>            a branch, a tag or a commit (main)
      --variant <name>          of a folder's weights: fp16, bf16, or '' for the plain ones
      --file <path>             of single files: which; may be given more than once
      --look                    say what would come, and stop
  skein models verify [name]  read every byte again and compare; --accept takes files as they are now
  skein models slim [name]    remove the copies that the fast mode made
  skein models check <name>   run each part once on inputs by formula, and print what it gave and took
      --size <W>x<H>  --frames <n>  --tokens <n>  --device <name>  --json
  skein cuda [get]            what CUDA still needs on this machine; get fetches ONNX Runtime's libraries for it
  skein worker                compute for the Skein that runs on the same data   [--device <name>]

Data lies in .skein beside the program, or in the folder that SKEIN_HOME names.`;
