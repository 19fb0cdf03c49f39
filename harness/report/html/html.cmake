# The HTML report's page: style and scripts of this folder and a chart library from npm, made into one C file.
set(page_folder ${CMAKE_CURRENT_LIST_DIR})
set(page_scripts format.js data.js page.js bars.js charts.js sweep.js life.js soak.js where.js groups.js detail.js table.js main.js)
set(page_chart ${CMAKE_BINARY_DIR}/html-chart)
set(page_assets ${CMAKE_CURRENT_BINARY_DIR}/html_assets.c)

list(TRANSFORM page_scripts PREPEND ${page_folder}/ OUTPUT_VARIABLE page_script_files)
list(JOIN page_scripts "," page_script_names)

add_custom_command(OUTPUT ${page_chart}/reason.txt
  BYPRODUCTS ${page_chart}/chart.js ${page_chart}/chart.css
  COMMAND ${CMAKE_COMMAND} -DFOLDER=${page_chart} -P ${page_folder}/fetch_chart.cmake
  DEPENDS ${page_folder}/fetch_chart.cmake VERBATIM COMMENT "The chart library of HTML reports")
add_custom_command(OUTPUT ${page_assets}
  COMMAND ${CMAKE_COMMAND} -DSOURCE=${page_folder} -DCHART=${page_chart} -DSCRIPTS=${page_script_names}
    -DOUT=${page_assets} -P ${page_folder}/embed.cmake
  DEPENDS ${page_folder}/embed.cmake ${page_folder}/page.css ${page_script_files} ${page_chart}/reason.txt VERBATIM)
target_sources(mb_report PRIVATE ${page_assets})
