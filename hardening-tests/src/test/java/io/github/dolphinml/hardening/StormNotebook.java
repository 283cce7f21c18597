/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.hardening;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.dolphinml.common.testing.TestNode;
import io.github.dolphinml.jupyter.JupyterTask;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.dolphinscheduler.plugin.task.api.AbstractTask;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;

/** A notebook whose cell does not want to end. */
enum StormNotebook implements StormTask {
    SLEEPS("time.sleep(900)"),
    IGNORES_SIGNALS("signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
            + "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
            + "while True: time.sleep(1)"),
    SWALLOWS_INTERRUPTS("while True:\n    try: time.sleep(1)\n    except BaseException: pass"),
    STARTS_DAEMONS("script = 'trap \"\" TERM INT HUP; echo $$ > pids/%s; sleep 900; sleep 900'\n"
            + "for n in range(2): subprocess.Popen(['bash', '-c', 'setsid nohup bash -c %s &' % shlex.quote(script % n)])\n"
            + "time.sleep(900)"),
    FORKS_TWICE("if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
            + "        signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
            + "        open('pids/fork', 'w').write(str(os.getpid()))\n        time.sleep(900)\n    os._exit(0)\n"
            + "time.sleep(900)"),
    DROPS_ITS_ENVIRONMENT(
            "subprocess.Popen(['env', '-i', 'bash', '-c', 'setsid nohup bash -c \"echo \\\\$\\\\$ > pids/wiped;"
                    + " exec sleep 900\" &'])\ntime.sleep(900)"),
    FILLS_THE_LOG("while True: print('x' * 1000)");

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int LONGEST = 6000;

    private final String cell;

    StormNotebook(String cell) {
        this.cell = cell;
    }

    @Override
    public int longest() {
        return LONGEST;
    }

    @Override
    public TestNode node(Path place, boolean hangs) throws IOException {
        String imports = "import os, shlex, signal, subprocess, time\nos.makedirs('pids', exist_ok=True)\n";
        Path notebook =
                StormPlaces.write(place.resolve("in.ipynb"), notebook("print('one')", imports + (hangs ? cell : "")));
        return TestNode.of("JUPYTER", place)
                .field("condaEnvName", StormPlaces.python())
                .field("inputNotePath", notebook.toString())
                .field("outputNotePath", place.resolve("out.ipynb").toString());
    }

    static String notebook(String... cells) {
        ObjectNode notebook = JSON.createObjectNode().put("nbformat", 4).put("nbformat_minor", 5);
        notebook.putObject("metadata")
                .putObject("kernelspec")
                .put("name", "python3")
                .put("display_name", "python3")
                .put("language", "python");
        ArrayNode list = notebook.putArray("cells");
        for (String source : cells) {
            ObjectNode cell = list.addObject().put("cell_type", "code").put("id", "cell" + list.size());
            cell.putObject("metadata");
            cell.putArray("outputs");
            cell.putNull("execution_count").put("source", source);
        }
        return notebook.toString();
    }

    @Override
    public AbstractTask task(TaskExecutionContext context) {
        return new JupyterTask(context);
    }
}
